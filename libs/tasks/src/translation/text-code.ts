// The symbols of the texts that a translation reads and writes, learnt from its training part.

import {
  type BytePairs,
  DataFault,
  detokenize,
  learnBytePairs,
  parseTokenVocabulary,
  parseVocabulary,
  type TokenVocabulary,
  tokenize,
  tokenVocabulary,
} from '@rondo/data';
import type { TranslationData } from '@rondo/spec';
import type { TextPairs } from './text-pairs.ts';

/** Number 0 is read for what the training part does not have, 1 before a text's first symbol, 2 after its last. */
const specials = ['<unk>', '<s>', '</s>'];
export const [textStart, textEnd] = [1, 2];

/** A text in symbols, and back. */
interface TextCode {
  readonly size: number;
  /** Without start and end. */
  encode(text: string): Int32Array;
  /** @param ids without start and end. */
  decode(ids: ArrayLike<number>): string;
  toJSON(): object;
}

export interface PairCodes {
  readonly source: TextCode;
  readonly target: TextCode;
}

type Coding = Pick<TranslationData, 'unit' | 'merges' | 'minCount'>;

/**
 * Words and characters of each side apart. Byte-pair units of both sides together, so that a name which stands on both is cut
 * alike (Sennrich et al. 2016, arXiv:1508.07909).
 */
export function learnCodes({ unit, merges, minCount }: Coding, { sources, references }: TextPairs): PairCodes {
  if (unit === 'byte-pair') {
    const text = [...sources, ...references].join('\n');
    const both = bytePairCode(learnBytePairs(text, { merges: merges as number, specials }));
    return { source: both, target: both };
  }
  const learn = (texts: readonly string[]) => {
    const rows = texts.map((text) => tokenize(text, tokensOf[unit]));
    return tokenCode(unit, tokenVocabulary(rows, { minCount, specials }));
  };
  return { source: learn(sources), target: learn(references) };
}

/** As preparation.json has it: byte-pair units of both sides once. */
export function codesToJson({ source, target }: PairCodes): Readonly<Record<string, unknown>> {
  return source === target ? { both: source.toJSON() } : { source: source.toJSON(), target: target.toJSON() };
}

/** @throws DataFault vocabulary-invalid. */
export function parseCodes({ unit }: Coding, json: Readonly<Record<string, unknown>>): PairCodes {
  if (unit === 'byte-pair') {
    const vocabulary = parseVocabulary(JSON.stringify(json.both ?? null));
    if (!isBytePairs(vocabulary))
      throw new DataFault('vocabulary-invalid', 'it has no byte-pair units; restore preparation.json');
    const both = bytePairCode(vocabulary);
    return { source: both, target: both };
  }
  const parse = (side: unknown) => tokenCode(unit, parseTokenVocabulary(JSON.stringify(side ?? null)));
  return { source: parse(json.source), target: parse(json.target) };
}

const isBytePairs = (vocabulary: object): vocabulary is BytePairs => 'special' in vocabulary;

const tokensOf = { word: 'words', character: 'characters' } as const;

function tokenCode(unit: 'word' | 'character', vocabulary: TokenVocabulary): TextCode {
  const by = tokensOf[unit];
  return {
    size: vocabulary.size,
    encode: (text) => vocabulary.encode(tokenize(text, by)),
    decode: (ids) => detokenize(vocabulary.decode(ids), by),
    toJSON: () => vocabulary.toJSON(),
  };
}

function bytePairCode(vocabulary: BytePairs): TextCode {
  return {
    size: vocabulary.size,
    encode: (text) => vocabulary.encode(text),
    decode: (ids) => vocabulary.decode(ids),
    toJSON: () => vocabulary.toJSON(),
  };
}
