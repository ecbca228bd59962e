// A table that was read: columns by name, asked for as text, as numbers or as lists of numbers.

import { faultAt, quoted, type Source } from './content.ts';

/** Text as the file has it (all of CSV and TSV is text), or what JSON and Parquet say it is; null where nothing is. */
export type Cell = string | number | readonly number[] | null;

export interface Table {
  readonly rows: number;
  /** In the order of the file. */
  readonly columns: readonly string[];
  /** A column as text; numbers as JavaScript writes them. @throws DataFault data-column, data-value for nothing and for lists. */
  texts(column: string): string[];
  /**
   * A column as numbers. Nothing, '', NA and NaN are missing values.
   * @param missing `refuse` makes them a fault, `keep` NaN.
   * @throws DataFault data-column, data-value.
   */
  numbers(column: string, missing: 'refuse' | 'keep'): Float64Array;
  /** A column of lists of numbers. @throws DataFault data-column, data-value. */
  lists(column: string): Float64Array[];
  /** Where a row, from 0, stands, for a message: `train.csv:12`. */
  where(row: number): string;
}

/** The most cells of one table. */
export const maxCells = 50_000_000;

/**
 * @param columns by name, in order, all of them `rows` long; asked for when they are needed.
 * @param lines the line of every row, from 1; undefined where the format has no lines: rows are counted from 1 then.
 */
export function createTable(
  file: Source,
  columns: ReadonlyMap<string, () => readonly Cell[]>,
  rows: number,
  lines: readonly number[] | undefined,
): Table {
  const cells = (column: string) => {
    const found = columns.get(column);
    if (found !== undefined) return found();
    const message = `no column ${quoted(column)}; its columns are ${listed([...columns.keys()])}`;
    throw faultAt(file, undefined, 'data-column', message);
  };
  const valueFault = (row: number, column: string, message: string) => {
    const place = `${lines === undefined ? `row ${row + 1}, ` : ''}column ${quoted(column)} ${message}`;
    return faultAt(file, lines?.[row], 'data-value', place);
  };
  return {
    rows,
    columns: [...columns.keys()],
    texts: (column) =>
      cells(column).map((cell, row) => {
        if (typeof cell === 'string') return cell;
        if (typeof cell === 'number') return String(cell);
        throw valueFault(
          row,
          column,
          cell === null ? 'has no value; text was expected' : 'has a list; text was expected',
        );
      }),
    numbers: (column, missing) =>
      Float64Array.from(cells(column), (cell, row) => {
        const value = numberOf(cell);
        if (value === undefined) {
          throw valueFault(row, column, `has ${shown(cell)}; a number such as 12 or -0.5 was expected`);
        }
        if (Number.isNaN(value) && missing === 'refuse') {
          throw valueFault(row, column, 'has no value; fill it in, or leave the row out');
        }
        return value;
      }),
    lists: (column) =>
      cells(column).map((cell, row) => {
        if (typeof cell === 'object' && cell?.every(Number.isFinite)) return Float64Array.from(cell);
        throw valueFault(row, column, `has ${shown(cell)}; a list of numbers such as [1, 2.5] was expected`);
      }),
    where: (row) => (lines === undefined ? `${file.name}, row ${row + 1}` : `${file.name}:${lines[row]}`),
  };
}

/** NaN for a missing value, undefined for what is no number. */
function numberOf(cell: Cell): number | undefined {
  if (cell === null) return Number.NaN;
  if (typeof cell === 'number') return Number.isFinite(cell) || Number.isNaN(cell) ? cell : undefined;
  if (typeof cell !== 'string') return undefined;
  const text = cell.trim();
  if (/^(na|nan|)$/i.test(text)) return Number.NaN;
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function shown(cell: Cell): string {
  if (cell === null) return 'no value';
  return typeof cell === 'string' ? quoted(cell) : typeof cell === 'number' ? String(cell) : shownList(cell);
}

function shownList(list: readonly number[]): string {
  const odd = list.find((value) => !Number.isFinite(value));
  return odd === undefined ? 'a list' : `a list with ${odd}`;
}

/** Names for a message: the first twenty. */
function listed(names: readonly string[]): string {
  const first = names.slice(0, 20).map(quoted);
  return [...first, ...(names.length > 20 ? [`${names.length - 20} more`] : [])].join(', ');
}
