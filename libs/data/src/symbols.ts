// What vocabularies share: the order of symbols, and the faults of texts and numbers that they do not know.

import { DataFault } from './fault.ts';
import { compareCodePoints } from './files.ts';

export type Text = string | Uint8Array;

export function asString(text: Text): string {
  if (typeof text !== 'string')
    throw new Error('vocabulary: characters and words are read from a string, not from bytes');
  return text;
}

/** Symbols by how often they occur, most frequent first, equal ones by code point. */
export function byFrequency(counts: Iterable<readonly [string, number]>): string[] {
  return [...counts].sort(([a, m], [b, n]) => n - m || compareCodePoints(a, b)).map(([symbol]) => symbol);
}

/** @param offset of the character in its text, from 0. */
export function unknownCharacter(codePoint: number, offset: number): DataFault {
  const code = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
  const symbol = `${JSON.stringify(String.fromCodePoint(codePoint))} (${code})`;
  const message = `character ${offset}, ${symbol}, is not in the vocabulary; leave it out, or train on a text that has it`;
  return new DataFault('unknown-symbol', message);
}

/** @throws Error for a number outside the vocabulary. */
export function checkId(id: number, size: number): number {
  if (!Number.isInteger(id) || id < 0 || id >= size) throw new Error(`vocabulary: no symbol ${id} of ${size}`);
  return id;
}

/** The object that a vocabulary's file holds. @throws DataFault vocabulary-invalid. */
export function parseObject(json: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw invalidVocabulary('it is not JSON');
  }
  if (typeof value === 'object' && value !== null) return value;
  throw invalidVocabulary('it is not an object');
}

export function invalidVocabulary(why: string): DataFault {
  return new DataFault('vocabulary-invalid', `the vocabulary cannot be used: ${why}; restore preparation.json`);
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
