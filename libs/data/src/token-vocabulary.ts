// The words, labels or tags of sentences and their numbers, special symbols among them.

import { DataFault } from './fault.ts';
import { byFrequency, checkId, invalidVocabulary, isTexts, parseObject } from './symbols.ts';

/** Stands for every token that the vocabulary does not have, where it is among the special symbols. */
const unknown = '<unk>';

export interface TokenVocabulary {
  /** V: numbers are 0 to V - 1. */
  readonly size: number;
  /** In the order of their numbers, special ones first. */
  readonly symbols: readonly string[];
  /**
   * A token that is spelled like a special symbol is unknown, so that no text can pass for padding or an end.
   * @throws DataFault unknown-symbol with the token and its place, unless `<unk>` is a special symbol.
   */
  encode(tokens: readonly string[]): Int32Array;
  /** Special symbols by their names. @throws Error for a number outside the vocabulary. */
  decode(ids: ArrayLike<number>): string[];
  /** The number of a special symbol. @throws Error when there is none of that name. */
  special(name: string): number;
  toJSON(): TokenVocabularyJson;
}

export interface TokenVocabularyJson {
  readonly unit: 'token';
  readonly symbols: readonly string[];
  /** How many of the symbols are special. */
  readonly specials: number;
}

export interface TokenVocabularyOptions {
  /** Tokens that occur less often are left out. */
  readonly minCount?: number | undefined;
  /** The most symbols, special ones included. */
  readonly maxSize?: number | undefined;
  /** Names, in the order of their numbers from 0, such as `<pad>`. */
  readonly specials?: readonly string[] | undefined;
}

/** Special symbols, then the tokens of all sequences: most frequent first, equal ones by code point. */
export function tokenVocabulary(
  sequences: Iterable<readonly string[]>,
  { minCount = 1, maxSize = Number.POSITIVE_INFINITY, specials = [] }: TokenVocabularyOptions = {},
): TokenVocabulary {
  const counts = new Map<string, number>();
  for (const tokens of sequences) for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  for (const [token, count] of counts) if (count < minCount) counts.delete(token);
  for (const special of specials) counts.delete(special);
  const tokens = byFrequency(counts).slice(0, Math.max(maxSize - specials.length, 0));
  return createTokenVocabulary([...specials, ...tokens], specials.length);
}

/** @throws DataFault vocabulary-invalid. */
export function parseTokenVocabulary(json: string): TokenVocabulary {
  const { unit, symbols, specials } = parseObject(json) as Partial<Record<keyof TokenVocabularyJson, unknown>>;
  if (unit === 'token' && isTexts(symbols) && new Set(symbols).size === symbols.length) {
    const isCount = typeof specials === 'number' && Number.isInteger(specials);
    if (isCount && specials >= 0 && specials <= symbols.length) return createTokenVocabulary(symbols, specials);
  }
  throw invalidVocabulary('its symbols are not a list of different tokens, special ones first');
}

function createTokenVocabulary(symbols: readonly string[], specials: number): TokenVocabulary {
  const idOf = new Map(symbols.map((symbol, id) => [symbol, id]));
  const unknownId = symbols.indexOf(unknown);
  const hasUnknown = unknownId >= 0 && unknownId < specials;
  return {
    size: symbols.length,
    symbols,
    encode: (tokens) =>
      Int32Array.from(tokens, (token, i) => {
        const id = idOf.get(token);
        if (id !== undefined && id >= specials) return id;
        if (hasUnknown) return unknownId;
        const message = `token ${i}, ${JSON.stringify(token)}, is not in the vocabulary; leave it out, or train on data that has it`;
        throw new DataFault('unknown-symbol', message);
      }),
    decode: (ids) => Array.from(ids, (id) => symbols[checkId(id, symbols.length)]),
    special(name) {
      const id = idOf.get(name);
      if (id === undefined || id >= specials) throw new Error(`vocabulary: no special symbol ${name}`);
      return id;
    },
    toJSON: () => ({ unit: 'token', symbols, specials }),
  };
}
