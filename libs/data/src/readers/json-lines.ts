// JSON Lines: an object of flat fields a line; a field may be a list of numbers. And such objects from a program.

import type { DataFile } from '../files.ts';
import { faultAt, quoted, type Source } from './content.ts';
import { type Cell, createTable, maxCells, type Table } from './table.ts';

/**
 * Columns are the fields in the order in which they first appear; a line that lacks one has nothing there, and so has `null`.
 * true and false are text. Lines of white space are left out.
 * @throws DataFault data-format with the line: no JSON, no object, a field that is neither text, number, truth value nor list of numbers.
 */
export function parseJsonLines(file: DataFile, lines: readonly string[]): Table {
  const numbered = lines.map((text, i) => ({ text, line: i + 1 })).filter(({ text }) => text.trim() !== '');
  if (numbered.length === 0) throw faultAt(file, undefined, 'data-empty', 'no object in it; write one a line');
  const parsed = function* () {
    for (const { text, line } of numbered) yield parseObject(file, line, text);
  };
  return tableOf(
    file,
    parsed(),
    numbered.map(({ line }) => line),
  );
}

/**
 * What `parseJsonLines` makes of lines, of the rows that a program has.
 * @param name that messages call them by.
 * @throws DataFault data-format for what is no row, data-empty without any.
 */
export function tableOfRows(name: string, rows: readonly unknown[]): Table {
  const source = { name };
  if (rows.length === 0) throw faultAt(source, undefined, 'data-empty', 'it has no rows');
  rows.forEach((row, i) => {
    if (isObject(row)) return;
    throw faultAt(
      source,
      undefined,
      'data-format',
      `row ${i + 1} is no object; write columns with names, as in { flow: 2.5 }`,
    );
  });
  return tableOf(source, rows as readonly object[], undefined);
}

/** @param lines of the rows; undefined where they have none. */
function tableOf(file: Source, objects: Iterable<object>, lines: readonly number[] | undefined): Table {
  const columns = new Map<string, Cell[]>();
  let rows = 0;
  for (const object of objects) {
    for (const [name, value] of Object.entries(object)) {
      const cells = columns.get(name) ?? [];
      while (cells.length < rows) cells.push(null);
      cells.push(cellOf(file, lines?.[rows], name, value));
      columns.set(name, cells);
    }
    rows += 1;
    if (columns.size * rows > maxCells) {
      const message = `${columns.size} fields by ${rows} rows, more than ${maxCells}; split the file`;
      throw faultAt(file, lines?.[rows - 1], 'data-too-large', message);
    }
  }
  for (const cells of columns.values()) while (cells.length < rows) cells.push(null);
  const cells = Array.from(columns, ([name, column]) => [name, () => column] as const);
  return createTable(file, new Map(cells), rows, lines);
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseObject(file: DataFile, line: number, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw faultAt(
      file,
      line,
      'data-format',
      `not JSON: ${reason}; every line is an object of its own, as in {"text": "…"}`,
    );
  }
  if (isObject(value)) return value;
  throw faultAt(
    file,
    line,
    'data-format',
    `${quoted(text)} is not an object; write fields with names, as in {"text": "…"}`,
  );
}

function cellOf(file: Source, line: number | undefined, name: string, value: unknown): Cell {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) return value;
  const found = Array.isArray(value) ? 'a list of other things than numbers' : 'an object';
  throw faultAt(
    file,
    line,
    'data-format',
    `field ${quoted(name)} is ${found}; text, a number or a list of numbers was expected`,
  );
}
