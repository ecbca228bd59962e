// The symbols of a text and their numbers: characters, bytes, words or byte-pair units.

import type { TextData } from '@rondo/spec';
import { type BytePairJson, type BytePairOptions, learnBytePairs, parseBytePairs } from './byte-pair.ts';
import {
  asString,
  byFrequency,
  checkId,
  invalidVocabulary,
  isTexts,
  parseObject,
  type Text,
  unknownCharacter,
} from './symbols.ts';

export interface Vocabulary {
  readonly unit: TextData['unit'];
  /** V: numbers are 0 to V - 1. */
  readonly size: number;
  /** @throws DataFault unknown-symbol with the symbol and its offset; never for bytes and words. */
  encode(text: Text): Int32Array;
  /** @throws Error for a number outside the vocabulary. */
  decode(ids: ArrayLike<number>): string;
  /** What preparation.json holds. */
  toJSON(): VocabularyJson;
}

export type VocabularyJson = PlainJson | BytePairJson;

interface PlainJson {
  readonly unit: Exclude<TextData['unit'], 'byte-pair'>;
  /** In the order of their numbers; absent for bytes, which are their own. */
  readonly symbols?: readonly string[];
}

/**
 * The vocabulary of a text: characters sorted by code point, all 256 bytes, words, most frequent first, or byte-pair units.
 * @param options of byte-pair units, which need them.
 */
export function buildVocabulary(unit: Vocabulary['unit'], text: Text, options?: BytePairOptions): Vocabulary {
  switch (unit) {
    case 'byte':
      return byteVocabulary;
    case 'character':
      return characterVocabulary(distinctCharacters(asString(text)));
    case 'word':
      return wordVocabulary(wordsByFrequency(asString(text)));
    case 'byte-pair':
      if (options === undefined) throw new Error('vocabulary: byte-pair units need the number of merges');
      return learnBytePairs(asString(text), options);
  }
}

/** @throws DataFault vocabulary-invalid. */
export function parseVocabulary(json: string): Vocabulary {
  const value = parseObject(json);
  const bytePairs = parseBytePairs(value);
  if (bytePairs !== undefined) return bytePairs;
  const { unit, symbols } = value as { unit?: unknown; symbols?: unknown };
  if (unit === 'byte' && symbols === undefined) return byteVocabulary;
  const areDistinct = isTexts(symbols) && symbols.length > 0 && new Set(symbols).size === symbols.length;
  if (areDistinct && unit === 'character' && symbols.every((symbol) => /^.$/su.test(symbol))) {
    return characterVocabulary(symbols);
  }
  if (areDistinct && unit === 'word' && symbols[0] === unknownWord && symbols[1] === endOfLine) {
    return wordVocabulary(symbols);
  }
  throw invalidVocabulary('its unit and symbols do not fit each other');
}

const byteVocabulary: Vocabulary = {
  unit: 'byte',
  size: 256,
  encode: (text) => Int32Array.from(typeof text === 'string' ? new TextEncoder().encode(text) : text),
  decode(ids) {
    for (let i = 0; i < ids.length; i++) checkId(ids[i], 256);
    return new TextDecoder().decode(Uint8Array.from(ids));
  },
  toJSON: () => ({ unit: 'byte' }),
};

/** @param symbols one code point each. */
function characterVocabulary(symbols: readonly string[]): Vocabulary {
  const codePoints = symbols.map((symbol) => symbol.codePointAt(0) as number);
  const largest = codePoints.reduce((a, b) => Math.max(a, b));
  const idOf = new Int32Array(largest + 1).fill(-1);
  codePoints.forEach((codePoint, id) => {
    idOf[codePoint] = id;
  });
  return {
    unit: 'character',
    size: symbols.length,
    encode(text) {
      const characters = asString(text);
      const ids = new Int32Array(characters.length);
      let count = 0;
      for (let i = 0; i < characters.length; count++) {
        const codePoint = characters.codePointAt(i) as number;
        const id = codePoint <= largest ? idOf[codePoint] : -1;
        if (id < 0) throw unknownCharacter(codePoint, count);
        ids[count] = id;
        i += codePoint > 0xffff ? 2 : 1;
      }
      return ids.slice(0, count);
    },
    decode: (ids) => Array.from(ids, (id) => symbols[checkId(id, symbols.length)]).join(''),
    toJSON: () => ({ unit: 'character', symbols }),
  };
}

function distinctCharacters(text: string): string[] {
  const seen = new Uint8Array(0x110000);
  for (let i = 0; i < text.length; i++) {
    const codePoint = text.codePointAt(i) as number;
    seen[codePoint] = 1;
    if (codePoint > 0xffff) i += 1;
  }
  const symbols: string[] = [];
  for (let i = seen.indexOf(1); i !== -1; i = seen.indexOf(1, i + 1)) symbols.push(String.fromCodePoint(i));
  return symbols;
}

const unknownWord = '<unk>';
const endOfLine = '<eos>';

/**
 * Words are what stands between white space; the end of a line is a word of its own, `<eos>`, and so are these two
 * where the text itself spells them, as prepared corpora do. Number 0 is `<unk>`, number 1 `<eos>`.
 */
function wordVocabulary(symbols: readonly string[]): Vocabulary {
  const idOf = new Map(symbols.map((symbol, id) => [symbol, id]));
  return {
    unit: 'word',
    size: symbols.length,
    encode: (text) => Int32Array.from(words(asString(text)), (word) => idOf.get(word) ?? 0),
    decode: (ids) =>
      Array.from(ids, (id) => symbols[checkId(id, symbols.length)])
        .map((word, i, all) => (word === endOfLine ? '\n' : i === 0 || all[i - 1] === endOfLine ? word : ` ${word}`))
        .join(''),
    toJSON: () => ({ unit: 'word', symbols }),
  };
}

/** The two special words, then the others: most frequent first, equal ones by code point. */
function wordsByFrequency(text: string): string[] {
  const counts = new Map<string, number>();
  for (const word of words(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  counts.delete(unknownWord);
  counts.delete(endOfLine);
  return [unknownWord, endOfLine, ...byFrequency(counts)];
}

function words(text: string): string[] {
  return (text.match(/\n|\S+/g) ?? []).map((word) => (word === '\n' ? endOfLine : word));
}
