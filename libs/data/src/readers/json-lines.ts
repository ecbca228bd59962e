// JSON Lines: an object of flat fields a line; a field may be a list of numbers.

import type { DataFile } from '../files.ts';
import { faultAt, quoted } from './content.ts';
import { type Cell, createTable, maxCells, type Table } from './table.ts';

/**
 * Columns are the fields in the order in which they first appear; a line that lacks one has nothing there, and so has `null`.
 * true and false are text. Lines of white space are left out.
 * @throws DataFault data-format with the line: no JSON, no object, a field that is neither text, number, truth value nor list of numbers.
 */
export function parseJsonLines(file: DataFile, lines: readonly string[]): Table {
  const columns = new Map<string, Cell[]>();
  const lineOf: number[] = [];
  for (const [i, text] of lines.entries()) {
    if (text.trim() === '') continue;
    const line = i + 1;
    const row = lineOf.length;
    for (const [name, value] of Object.entries(parseObject(file, line, text))) {
      const cells = columns.get(name) ?? [];
      while (cells.length < row) cells.push(null);
      cells.push(cellOf(file, line, name, value));
      columns.set(name, cells);
    }
    lineOf.push(line);
    if (columns.size * lineOf.length > maxCells) {
      throw faultAt(
        file,
        line,
        'data-too-large',
        `${columns.size} fields by ${lineOf.length} lines, more than ${maxCells}; split the file`,
      );
    }
  }
  if (lineOf.length === 0) throw faultAt(file, undefined, 'data-empty', 'no object in it; write one a line');
  for (const cells of columns.values()) while (cells.length < lineOf.length) cells.push(null);
  const cells = Array.from(columns, ([name, column]) => [name, () => column] as const);
  return createTable(file, new Map(cells), lineOf.length, lineOf);
}

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
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw faultAt(
    file,
    line,
    'data-format',
    `${quoted(text)} is not an object; write fields with names, as in {"text": "…"}`,
  );
}

function cellOf(file: DataFile, line: number, name: string, value: unknown): Cell {
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
