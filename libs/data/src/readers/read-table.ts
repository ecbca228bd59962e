// Tables from files: CSV, TSV, JSON Lines and Parquet, told apart by their ending, packed by gzip or not.

import type { DataFile } from '../files.ts';
import { endingOf, faultAt, readBytes, readLines } from './content.ts';
import { parseJsonLines } from './json-lines.ts';
import { parseSeparated } from './separated.ts';
import type { Table } from './table.ts';

/**
 * @param file with the ending csv, tsv, tab, jsonl, ndjson or parquet, and .gz after it where it is packed.
 * @throws DataFault data-format, data-empty, data-too-large, data-unreadable, data-not-utf8, with file and line.
 */
export async function readTable(file: DataFile): Promise<Table> {
  const ending = endingOf(file);
  switch (ending) {
    case 'csv':
      return parseSeparated(file, await readLines(file), 'csv');
    case 'tsv':
    case 'tab':
      return parseSeparated(file, await readLines(file), 'tsv');
    case 'jsonl':
    case 'ndjson':
      return parseJsonLines(file, await readLines(file));
    case 'parquet':
      // Loaded by those who read one.
      return (await import('./parquet.ts')).parseParquet(file, await readBytes(file));
    default:
      throw faultAt(
        file,
        undefined,
        'data-format',
        `its ending ${ending === '' ? 'is missing' : `is .${ending}`}; a table ends in .csv, .tsv, .jsonl or .parquet`,
      );
  }
}
