// The texts that a translation reads and writes, from two columns of a table or from two files.

import { DataFault, findFiles, readLines, readPairs, readTable } from '@rondo/data';
import type { TranslationData } from '@rondo/spec';
import type { JobPlace } from '../task.ts';

/** Some files of texts. */
export interface TextFiles {
  readonly patterns: readonly string[];
  /** Of the spec: `spec.data.train`; of the command line: `--data`. */
  readonly field: string;
  /** The file of what is written; undefined: it is a column of the table. */
  readonly targets: string | undefined;
  readonly targetsField: string;
}

export interface TextPairs {
  readonly sources: readonly string[];
  readonly references: readonly string[];
}

/** @throws DataFault that names the file and its line. */
export async function readTextPairs(
  { source, target }: TranslationData,
  { patterns, field, targets, targetsField }: TextFiles,
  { base, root }: JobPlace,
): Promise<TextPairs> {
  const files = await findFiles(patterns, base, { root, field });
  if (source === undefined || target === undefined) {
    if (targets === undefined) {
      throw new DataFault('data-missing', `${targetsField} is missing: the file of what is written`, targetsField);
    }
    const [written, ...others] = await findFiles(targets, base, { root, field: targetsField });
    if (files.length > 1 || others.length > 0) {
      const message = `${patterns.join(', ')} and ${targets} name ${files.length} files and ${others.length + 1}; name one each, whose lines belong together`;
      throw new DataFault('data-lengths', message, field);
    }
    const pairs = await readPairs({ source: files[0], target: written });
    return { sources: pairs.source, references: pairs.target };
  }
  const pairs = [];
  for (const table of files) pairs.push(await readPairs({ table, sourceColumn: source, targetColumn: target }));
  return { sources: pairs.flatMap((one) => one.source), references: pairs.flatMap((one) => one.target) };
}

/** What is read alone. @throws DataFault that names the file and its line. */
export async function readSources(
  { source }: TranslationData,
  { patterns, field }: Pick<TextFiles, 'patterns' | 'field'>,
  { base, root }: JobPlace,
): Promise<string[]> {
  const sources: string[] = [];
  for (const file of await findFiles(patterns, base, { root, field })) {
    sources.push(...(source === undefined ? await readLines(file) : (await readTable(file)).texts(source)));
  }
  return sources;
}
