// Sentences that a program gives, as a file would hold them: their words, and of roles the predicate among them.

import type { TaggingData } from '@rondo/spec';
import { givenFault, kindOf } from './given-sequences.ts';
import type { Sentence } from './tagged-sentences.ts';

/**
 * @param examples of columns, lists of words; of roles `{ tokens, predicate }`, the predicate being the place of its word, from 0.
 * @throws DataFault data-value that names the example by its place, from 0.
 */
export function givenSentences(examples: readonly unknown[], format: TaggingData['format']): Sentence[] {
  return examples.map((example, group) => {
    if (format === 'columns') return { tokens: wordsOf(example, group), tags: [], predicate: undefined, group };
    const { tokens: given, predicate } = (example ?? {}) as { tokens?: unknown; predicate?: unknown };
    const tokens = wordsOf(given, group);
    const isPlace = typeof predicate === 'number' && Number.isInteger(predicate) && tokens[predicate] !== undefined;
    if (!isPlace) throw givenFault(group, `has no predicate from 0 to ${tokens.length - 1}: the place of its word`);
    return { tokens, tags: [], predicate, group };
  });
}

function wordsOf(given: unknown, place: number): string[] {
  const isWord = (word: unknown) => typeof word === 'string' && word !== '';
  if (Array.isArray(given) && given.length > 0 && given.every(isWord)) return given;
  const found = Array.isArray(given)
    ? given.length === 0
      ? 'an empty list'
      : 'a list of other things'
    : kindOf(given);
  throw givenFault(place, `has ${found} for words; a list of strings was expected`);
}
