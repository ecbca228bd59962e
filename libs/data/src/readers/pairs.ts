// Aligned text: what a line says in one language and in the other, from two files or from a table.

import type { DataFile } from '../files.ts';
import { faultAt, readLines } from './content.ts';
import { readTable } from './read-table.ts';

export interface Pairs {
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** Where a pair, from 0, stands, for a message. */
  where(pair: number): string;
}

/** Two files with a line a pair, or two columns of a table. */
export type PairFiles =
  | { readonly source: DataFile; readonly target: DataFile }
  | { readonly table: DataFile; readonly sourceColumn: string; readonly targetColumn: string };

/**
 * Lines are kept as they are, empty ones too.
 * @throws DataFault data-lengths where the files do not have the same number of lines; those of readLines or readTable and its columns.
 */
export async function readPairs(files: PairFiles): Promise<Pairs> {
  if ('table' in files) {
    const table = await readTable(files.table);
    return { source: table.texts(files.sourceColumn), target: table.texts(files.targetColumn), where: table.where };
  }
  const source = await readLines(files.source);
  const target = await readLines(files.target);
  if (source.length !== target.length) {
    const [short, long] = source.length < target.length ? [files.source, files.target] : [files.target, files.source];
    const line = Math.min(source.length, target.length) + 1;
    const message =
      `line ${line} of ${long.name} has no partner: ${files.source.name} has ${source.length} lines, ` +
      `${files.target.name} ${target.length}; line k of the one has to belong to line k of the other`;
    throw faultAt(short, line, 'data-lengths', message);
  }
  return { source, target, where: (pair) => `${files.source.name}:${pair + 1}` };
}
