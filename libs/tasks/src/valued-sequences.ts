// Sequences of numbers with values, one a sequence or one a step, as regression reads them: from tables or .npy arrays.

import {
  checkFinite,
  DataFault,
  type DataFile,
  findFiles,
  type Numbers,
  readNpy,
  readTable,
  type Table,
} from '@rondo/data';
import type { RegressionData } from '@rondo/spec';
import { groupRows } from './row-groups.ts';
import { shapeFault } from './shape-fault.ts';
import type { JobPlace } from './task.ts';

export interface ValuedSequences {
  /** Of each sequence [time, features]. */
  readonly inputs: readonly ArrayLike<number>[];
  readonly features: number;
  /** Of each sequence [values] or [time, values]; NaN: not known. Empty where they were not asked for. */
  readonly values: readonly ArrayLike<number>[];
  /** What a value is called. */
  readonly names: readonly string[];
}

/** Some files of sequences. */
export interface ValuedFiles {
  readonly patterns: readonly string[];
  /** Of the spec: `spec.data.train`; of the command line: `--data`. */
  readonly field: string;
  /** Of .npy arrays: the file of the values. */
  readonly values: string | undefined;
  readonly valuesField: string;
}

/** What a value belongs to; `unknown`: values are not read. */
export type ValueOf = 'sequence' | 'step' | 'unknown';

/** @throws DataFault that names the file and its line. */
export function readValued(
  data: RegressionData,
  files: ValuedFiles,
  place: JobPlace,
  of: ValueOf,
): Promise<ValuedSequences> {
  return data.format === 'npy' ? readArrays(files, place, of) : readTables(data, files, place, of);
}

async function readTables(
  data: RegressionData,
  { patterns, field }: ValuedFiles,
  { base, root }: JobPlace,
  of: ValueOf,
): Promise<ValuedSequences> {
  const [inputs, values]: [ArrayLike<number>[], ArrayLike<number>[]] = [[], []];
  const names = data.targets ?? [];
  for (const file of await findFiles(patterns, base, { root, field })) {
    const table = await readTable(file);
    const read = data.sequence === undefined ? rowASequence : rowAStep;
    const part = read(data, file, table, of);
    for (const one of part.inputs) inputs.push(one);
    for (const one of part.values) values.push(one);
  }
  return { inputs, features: data.inputs?.length ?? 0, values, names };
}

type Part = Pick<ValuedSequences, 'inputs' | 'values'>;

/** Columns of lists, a number a step; of values a sequence has numbers. */
function rowASequence({ inputs = [], targets = [] }: RegressionData, file: DataFile, table: Table, of: ValueOf): Part {
  const lists = inputs.map((column) => table.lists(column));
  const told = of === 'step' ? targets.map((column) => table.lists(column)) : [];
  const single = of === 'sequence' ? targets.map((column) => table.numbers(column, 'refuse')) : [];
  const rows = Array.from({ length: table.rows }, (_, row) => row);
  for (const row of rows) checkLengths(file, table, row, [...inputs, ...targets], [...lists, ...told]);
  return {
    inputs: rows.map((row) => interleaved(lists.map((list) => list[row]))),
    values:
      of === 'step'
        ? rows.map((row) => interleaved(told.map((list) => list[row])))
        : of === 'sequence'
          ? rows.map((row) => single.map((column) => column[row]))
          : [],
  };
}

function checkLengths(
  file: DataFile,
  table: Table,
  row: number,
  names: readonly string[],
  lists: readonly Float64Array[][],
): void {
  const [{ length }, ...others] = lists.map((list) => list[row]);
  const fault = (message: string) => new DataFault('data-value', `${table.where(row)}: ${message}`, file.specPath);
  if (length === 0) throw fault(`column ${JSON.stringify(names[0])} is empty; a sequence has at least one element`);
  const other = others.findIndex((list) => list.length !== length);
  if (other < 0) return;
  const name = JSON.stringify(names[other + 1]);
  throw fault(
    `column ${name} has ${others[other].length} numbers, and ${JSON.stringify(names[0])} ${length}; a step has one in each`,
  );
}

/** Columns of numbers; rows of the same `sequence` are its steps, and the last one's values are the sequence's. */
function rowAStep(
  { inputs = [], targets = [], sequence }: RegressionData,
  file: DataFile,
  table: Table,
  of: ValueOf,
): Part {
  const read = inputs.map((column) => table.numbers(column, 'refuse'));
  const told = of === 'unknown' ? [] : targets.map((column) => table.numbers(column, 'keep'));
  const take = (columns: readonly Float64Array[], rows: readonly number[]) =>
    Float64Array.from(rows.flatMap((row) => columns.map((column) => column[row])));
  const sequences = groupRows(table.rows, table.texts(sequence as string)).map(({ rows }) => rows);
  if (of === 'sequence') for (const rows of sequences) checkValues(file, table, rows.at(-1) as number, targets, told);
  return {
    inputs: sequences.map((rows) => take(read, rows)),
    values: of === 'unknown' ? [] : sequences.map((rows) => take(told, of === 'step' ? rows : rows.slice(-1))),
  };
}

function checkValues(
  file: DataFile,
  table: Table,
  row: number,
  names: readonly string[],
  columns: readonly Float64Array[],
): void {
  const gap = columns.findIndex((column) => Number.isNaN(column[row]));
  if (gap < 0) return;
  const message = `${table.where(row)}: column ${JSON.stringify(names[gap])} has no value in the last row of its sequence; fill it in`;
  throw new DataFault('data-value', message, file.specPath);
}

function interleaved(lists: readonly Float64Array[]): Float64Array {
  return Float64Array.from(
    { length: lists[0].length * lists.length },
    (_, i) => lists[i % lists.length][Math.floor(i / lists.length)],
  );
}

/** [sequences, time, features] beside [sequences, values] or [sequences, time, values]. */
async function readArrays(
  { patterns, field, values: pattern, valuesField }: ValuedFiles,
  place: JobPlace,
  of: ValueOf,
): Promise<ValuedSequences> {
  const x = await oneArray(patterns, field, place);
  const [count, time, features] = x.numbers.shape;
  if (x.numbers.shape.length !== 3 || count * time * features === 0) {
    throw shapeFault(x.file, x.numbers.shape, '[sequences, time, features]');
  }
  checkFinite(x.file, x.numbers, 'refuse');
  const inputs = cut(x.numbers, count);
  if (of === 'unknown') return { inputs, features, values: [], names: [] };
  if (pattern === undefined)
    throw new DataFault('data-missing', `${valuesField} is missing: the file of the values`, valuesField);
  const y = await oneArray(pattern, valuesField, place);
  checkFinite(y.file, y.numbers, 'keep');
  const outer = of === 'step' ? [count, time] : [count];
  const { shape } = y.numbers;
  const fits =
    shape.length === outer.length + 1 && outer.every((size, axis) => shape[axis] === size) && shape.at(-1) !== 0;
  if (!fits)
    throw shapeFault(y.file, shape, `[${outer.join(',')},values], beside ${x.file.name} of [${x.numbers.shape}]`);
  return {
    inputs,
    features,
    values: cut(y.numbers, count),
    names: Array.from({ length: shape.at(-1) as number }, (_, i) => `${i}`),
  };
}

async function oneArray(patterns: string | readonly string[], field: string, { base, root }: JobPlace) {
  const [file, ...others] = await findFiles(patterns, base, { root, field });
  if (others.length === 0) return { file, numbers: await readNpy(file) };
  const message = `${[patterns].flat().join(', ')} name ${others.length + 1} files; arrays are one file, with one of values`;
  throw new DataFault('data-format', message, field);
}

function cut({ data }: Numbers, count: number): ArrayLike<number>[] {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => data.subarray(i * size, (i + 1) * size));
}
