// CSV and TSV with a header: rows of fields, and the line that each row began on.

import type { DataFile } from '../files.ts';
import { faultAt, quoted } from './content.ts';
import { createTable, maxCells, type Table } from './table.ts';

/**
 * CSV as in RFC 4180: fields may stand in double quotes, with commas, line ends and doubled quotes inside. TSV as registered with
 * IANA: a tab always separates, and quotes are text. A line without a character is left out; between the rows of a single column it
 * is one without a value.
 * @throws DataFault data-format with the line: two columns of one name, a row with another number of fields, a quote that is not closed.
 */
export function parseSeparated(file: DataFile, lines: readonly string[], format: 'csv' | 'tsv'): Table {
  const isBlank = ({ line }: Row) => lines[line - 1] === '';
  const rows = format === 'tsv' ? splitTabs(lines) : splitCommas(file, lines);
  let header = rows.next();
  while (header.done !== true && isBlank(header.value)) header = rows.next();
  if (header.done === true) throw faultAt(file, 1, 'data-empty', 'no header; the first line has to name the columns');
  const names = header.value.fields;
  checkHeader(file, header.value);

  const columns = names.map((): string[] => []);
  const lineOf: number[] = [];
  const take = ({ fields, line }: Row) => {
    if (fields.length !== names.length) {
      const message = `${fields.length} fields, but the header has ${names.length} (${quoted(names.join(', '))}); complete the row, or quote fields with separators inside`;
      throw faultAt(file, line, 'data-format', message);
    }
    for (const [i, field] of fields.entries()) columns[i].push(field);
    lineOf.push(line);
    if (lineOf.length * names.length > maxCells) {
      throw faultAt(file, line, 'data-too-large', `more than ${maxCells} fields; split the file`);
    }
  };
  let blanks: Row[] = [];
  for (const row of rows) {
    if (isBlank(row)) {
      if (names.length === 1) blanks.push(row);
      continue;
    }
    blanks.forEach(take);
    blanks = [];
    take(row);
  }
  if (lineOf.length === 0) {
    const old = lines.some((line) => line.includes('\r'))
      ? ': its lines end with CR alone, save it with LF or CRLF'
      : '';
    throw faultAt(file, undefined, 'data-empty', `a header, but no row below it${old}`);
  }
  return createTable(file, new Map(names.map((name, i) => [name, () => columns[i]])), lineOf.length, lineOf);
}

interface Row {
  readonly fields: readonly string[];
  /** From 1. */
  readonly line: number;
}

function checkHeader(file: DataFile, { fields, line }: Row): void {
  const twice = fields.find((name, i) => fields.indexOf(name) < i);
  if (twice === undefined) return;
  throw faultAt(
    file,
    line,
    'data-format',
    `two columns are named ${quoted(twice)}; give every column a name of its own`,
  );
}

function* splitTabs(lines: readonly string[]): Generator<Row, undefined> {
  for (const [i, text] of lines.entries()) yield { fields: text.split('\t'), line: i + 1 };
}

function* splitCommas(file: DataFile, lines: readonly string[]): Generator<Row, undefined> {
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1;
    if (!lines[i].includes('"')) {
      yield { fields: lines[i].split(','), line };
      continue;
    }
    const { fields, last } = splitQuoted(file, lines, i);
    yield { fields, line };
    i = last;
  }
}

/** The fields of the row that begins at index `first`, and the index of the line that it ends on. */
function splitQuoted(file: DataFile, lines: readonly string[], first: number): { fields: string[]; last: number } {
  const fields: string[] = [];
  let last = first;
  for (let at = 0; ; at++) {
    if (lines[last][at] === '"') {
      const value = readQuoted(file, lines, last, at + 1);
      fields.push(value.text);
      ({ last, at } = value);
    } else {
      const comma = lines[last].indexOf(',', at);
      const end = comma === -1 ? lines[last].length : comma;
      fields.push(lines[last].slice(at, end));
      at = end;
    }
    if (at === lines[last].length) return { fields, last };
    if (lines[last][at] !== ',') {
      const message = `${quoted(lines[last].slice(at))} after a closing quote; write a comma there, or double the quotes inside the field`;
      throw faultAt(file, last + 1, 'data-format', message);
    }
  }
}

/** What stands between an opening quote before (line, from) and its closing one; `at` is the place after that. */
function readQuoted(
  file: DataFile,
  lines: readonly string[],
  line: number,
  from: number,
): { text: string; last: number; at: number } {
  let text = '';
  let last = line;
  let at = from;
  while (last < lines.length) {
    const quote = lines[last].indexOf('"', at);
    if (quote === -1) {
      text += `${lines[last].slice(at)}\n`;
      last++;
      at = 0;
    } else if (lines[last][quote + 1] === '"') {
      text += lines[last].slice(at, quote + 1);
      at = quote + 2;
    } else {
      return { text: text + lines[last].slice(at, quote), last, at: quote + 1 };
    }
  }
  throw faultAt(
    file,
    line + 1,
    'data-format',
    'a quote opens here and is never closed; close it, or double quotes that are text',
  );
}
