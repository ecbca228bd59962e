// Sentences with a tag for every word, as tagging reads them: CoNLL columns, or the roles of one predicate each.

import { type DataFile, findFiles, readColumns, readRoles } from '@rondo/data';
import type { TaggingData } from '@rondo/spec';
import type { JobPlace } from './task.ts';

export interface Sentence {
  readonly tokens: readonly string[];
  /** As many as tokens; none where they were not asked for. */
  readonly tags: readonly string[];
  /** Of roles: index of the predicate's token. */
  readonly predicate: number | undefined;
  /** Sentences that are the same but for their predicate have the same number, from 0. */
  readonly group: number;
}

/** Some files of sentences. */
export interface SentenceFiles {
  readonly patterns: readonly string[];
  /** Of the spec: `spec.data.train`; of the command line: `--data`. */
  readonly field: string;
  /** Whether their tags are read. */
  readonly tagged: boolean;
}

/** The label of a token that has none, and of tokens outside all spans. */
export const outside = 'O';

/** @throws DataFault that names the file and its line. */
export async function readSentences(
  data: TaggingData,
  { patterns, field, tagged }: SentenceFiles,
  { base, root }: JobPlace,
): Promise<Sentence[]> {
  const sentences: Sentence[] = [];
  for (const file of await findFiles(patterns, base, { root, field })) {
    const first = sentences.length === 0 ? 0 : (sentences.at(-1) as Sentence).group + 1;
    for (const sentence of await readers[data.format](file, data, tagged)) {
      sentences.push({ ...sentence, group: first + sentence.group });
    }
  }
  return sentences;
}

type Reader = (file: DataFile, data: TaggingData, tagged: boolean) => Promise<Sentence[]>;

const readers: { readonly [format in TaggingData['format']]: Reader } = {
  async columns(file, { token, tag, scheme }, tagged) {
    const conllU = /\.conllup?$/.test(file.name);
    const sentences = await readColumns(file, { token, tag: tagged ? tag : undefined, scheme, conllU });
    return sentences.map(({ tokens, tags }, group) => ({ tokens, tags, predicate: undefined, group }));
  },

  /** The predicate's own V is no role: the predicate is given. */
  async roles(file, _data, tagged) {
    const records = await readRoles(file, tagged);
    return records.map(({ tokens, predicate, roles, sentence }) => ({
      ...{ tokens, predicate, group: sentence },
      tags: tagged ? roles.map((role, i) => (i === predicate && role === 'V' ? outside : role)) : [],
    }));
  },
};
