// Time series from tables: rows in the order of time, each series by itself, gaps refused.

import { DataFault, findFiles, readTable, type Table, tableOfRows } from '@rondo/data';
import type { ForecastingData } from '@rondo/spec';
import { givenFault, kindOf } from './given-sequences.ts';
import { groupRows } from './row-groups.ts';
import type { JobPlace } from './task.ts';

/** Rows of N steps; the rows of a series follow each other. */
export interface TimeSeries {
  /** As in the file, [N, targets]. */
  readonly targets: Float64Array;
  /** [N, inputs] */
  readonly inputs: Float64Array;
  /** [N, future] */
  readonly future: Float64Array;
  readonly series: readonly SeriesRows[];
}

/** The rows [from, to) of a series; those from `known` on have `future` columns alone. */
export interface SeriesRows {
  /** Where a column tells series apart. */
  readonly name: string | undefined;
  readonly from: number;
  readonly known: number;
  readonly to: number;
}

export interface SeriesFiles {
  readonly patterns: readonly string[];
  /** Of the spec: `spec.data.train`; of the command line: `--data`. */
  readonly field: string;
}

/** @throws DataFault that names the file and its line. */
export async function readTimeSeries(
  data: ForecastingData,
  { patterns, field }: SeriesFiles,
  { base, root }: JobPlace,
): Promise<TimeSeries> {
  const parts: TimeSeries[] = [];
  for (const file of await findFiles(patterns, base, { root, field })) {
    parts.push(timeSeriesOf(data, await readTable(file), file.specPath));
  }
  return joined(parts);
}

/**
 * @param examples series, each a list of rows: objects of columns by name, or numbers where the model reads one column alone.
 * @throws DataFault that names the example by its place, from 0, and the row, from 1.
 */
export function givenTimeSeries(data: ForecastingData, examples: readonly unknown[]): TimeSeries {
  const [target, ...others] = [...data.targets, ...data.inputs, ...data.future];
  const rowOf = (row: unknown) => (typeof row === 'number' && others.length === 0 ? { [target]: row } : row);
  const parts = examples.map((example, i) => {
    const isRows = Array.isArray(example) || example instanceof Float32Array || example instanceof Float64Array;
    if (!isRows) throw givenFault(i, `is ${kindOf(example)}; a list of rows was expected`);
    return timeSeriesOf({ ...data, series: undefined }, tableOfRows(`example ${i}`, Array.from(example, rowOf)));
  });
  return joined(parts);
}

function timeSeriesOf(data: ForecastingData, table: Table, field?: string): TimeSeries {
  const names = data.series === undefined ? undefined : table.texts(data.series);
  const groups = groupRows(table.rows, names);
  const order = groups.flatMap(({ rows }) => rows);
  const matrix = (columns: readonly string[], missing: 'refuse' | 'keep') =>
    inOrder(
      columns.map((column) => table.numbers(column, missing)),
      order,
    );
  const [targets, inputs] = [matrix(data.targets, 'keep'), matrix(data.inputs, 'keep')];
  const columns = [
    { names: data.targets, values: targets },
    { names: data.inputs, values: inputs },
  ];
  const fault = (at: number, message: string) =>
    new DataFault('data-value', `${table.where(order[at])}: ${message}`, field);
  if (data.log) checkPositive(columns[0], fault);
  let from = 0;
  const series = groups.map(({ name, rows }): SeriesRows => {
    const range = {
      name,
      from,
      known: knownUntil(targets, data.targets.length, from, from + rows.length),
      to: from + rows.length,
    };
    // Rows at the end may tell the future alone.
    checkGaps(range, data.future.length > 0 ? range.known : range.to, columns, fault);
    from = range.to;
    return range;
  });
  return { targets, inputs, future: matrix(data.future, 'refuse'), series };
}

type FaultAt = (row: number, message: string) => DataFault;

interface NamedColumns {
  readonly names: readonly string[];
  readonly values: Float64Array;
}

function inOrder(columns: readonly Float64Array[], order: readonly number[]): Float64Array {
  const matrix = new Float64Array(order.length * columns.length);
  columns.forEach((column, c) => {
    order.forEach((row, i) => {
      matrix[i * columns.length + c] = column[row];
    });
  });
  return matrix;
}

/** One after the last row that has any target. */
function knownUntil(targets: Float64Array, width: number, from: number, to: number): number {
  let known = to;
  while (known > from && targets.subarray((known - 1) * width, known * width).every(Number.isNaN)) known--;
  return known;
}

function checkGaps({ from }: SeriesRows, until: number, columns: readonly NamedColumns[], fault: FaultAt): void {
  for (let row = from; row < until; row++) {
    for (const { names, values } of columns) {
      const gap = names.findIndex((_, c) => Number.isNaN(values[row * names.length + c]));
      if (gap < 0) continue;
      throw fault(row, `column ${JSON.stringify(names[gap])} has no value; fill it in, or leave the row out`);
    }
  }
}

function checkPositive({ names, values }: NamedColumns, fault: FaultAt): void {
  const low = values.findIndex((value) => value <= 0);
  if (low < 0) return;
  const [row, name] = [Math.floor(low / names.length), names[low % names.length]];
  throw fault(row, `column ${JSON.stringify(name)} has ${values[low]}, which has no logarithm; leave log out`);
}

function joined(parts: readonly TimeSeries[]): TimeSeries {
  const series: SeriesRows[] = [];
  let start = 0;
  for (const part of parts) {
    for (const { name, from, known, to } of part.series) {
      series.push({ name, from: start + from, known: start + known, to: start + to });
    }
    start += part.series.at(-1)?.to ?? 0;
  }
  const all = (key: 'targets' | 'inputs' | 'future') => {
    const values = new Float64Array(parts.reduce((sum, part) => sum + part[key].length, 0));
    let at = 0;
    for (const part of parts) {
      values.set(part[key], at);
      at += part[key].length;
    }
    return values;
  };
  return { targets: all('targets'), inputs: all('inputs'), future: all('future'), series };
}
