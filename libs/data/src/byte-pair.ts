// Byte-pair units: a text in symbols between characters and words, learnt from it, and back exactly.

import { learnMerges, mergeInto, pairKey, pieces } from './byte-pair-merges.ts';
import { asString, checkId, isTexts, unknownCharacter } from './symbols.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Stands for every character that the learnt text did not have. */
const unknown = '<unk>';

export interface BytePairJson {
  readonly unit: 'byte-pair';
  /** Special symbols first, then characters, then what merges made: in the order of their numbers. */
  readonly symbols: readonly string[];
  /** How many of the symbols are special: no text becomes one, except what is unknown. */
  readonly specials: number;
  /** Numbers of two symbols, in the order in which they were merged. */
  readonly merges: readonly (readonly [number, number])[];
}

/**
 * `encode` refuses unknown characters, unless `<unk>` is a special symbol; `decode` gives exactly the text that was encoded, special
 * symbols by their names.
 */
export interface BytePairs extends Vocabulary {
  /** The number of a special symbol. @throws Error when there is none of that name. */
  special(name: string): number;
  toJSON(): BytePairJson;
}

export interface BytePairOptions {
  /** How often two symbols are merged; the vocabulary has that many symbols at most beside characters and special ones. */
  readonly merges: number;
  /** Names, in the order of their numbers from 0, such as `<pad>`; with `<unk>` unknown characters are no fault. */
  readonly specials?: readonly string[] | undefined;
}

/** Learns from a text. The result depends on the text alone. */
export function learnBytePairs(text: string, { merges, specials = [] }: BytePairOptions): BytePairs {
  const learnt = learnMerges(text, merges);
  const shift = specials.length;
  return createBytePairs({
    unit: 'byte-pair',
    symbols: [...specials, ...learnt.symbols],
    specials: shift,
    merges: learnt.merges.map(([left, right]) => [left + shift, right + shift]),
  });
}

/** @returns undefined where the JSON is not what `toJSON` writes. */
export function parseBytePairs(json: object): BytePairs | undefined {
  const { unit, symbols, specials, merges } = json as Partial<Record<keyof BytePairJson, unknown>>;
  const isPair = (value: unknown) => Array.isArray(value) && value.length === 2 && value.every(Number.isInteger);
  if (unit !== 'byte-pair' || !isTexts(symbols) || symbols.includes('')) return undefined;
  if (!Number.isInteger(specials) || !Array.isArray(merges) || !merges.every(isPair)) return undefined;
  const value = { unit, symbols, specials, merges } as BytePairJson;
  return isWhole(value) ? createBytePairs(value) : undefined;
}

/** Whether characters come first, and every other symbol is made by a merge of symbols that stand before it. */
function isWhole({ symbols, specials, merges }: BytePairJson): boolean {
  if (specials < 0 || specials > symbols.length) return false;
  const texts = symbols.slice(specials);
  if (new Set(texts).size !== texts.length || new Set(symbols.slice(0, specials)).size !== specials) return false;
  let known = texts.findIndex((symbol) => !/^.$/su.test(symbol));
  if (known === -1) known = texts.length;
  const idOf = new Map(texts.map((symbol, i) => [symbol, i]));
  for (const [left, right] of merges) {
    const first = left - specials;
    const second = right - specials;
    if (first < 0 || second < 0 || first >= known || second >= known) return false;
    const id = idOf.get(texts[first] + texts[second]);
    if (id === undefined) return false;
    if (id === known) known++;
  }
  return known === texts.length;
}

/** The most pieces whose units are remembered. */
const maxCached = 100_000;

function createBytePairs(json: BytePairJson): BytePairs {
  const { symbols, specials, merges } = json;
  const idOf = new Map(symbols.slice(specials).map((symbol, i) => [symbol, i + specials]));
  const idOfSpecial = new Map(symbols.slice(0, specials).map((symbol, i) => [symbol, i]));
  const ranks = new Map<number, number>();
  for (const [rank, [left, right]] of merges.entries()) {
    if (!ranks.has(pairKey(left, right))) ranks.set(pairKey(left, right), rank);
  }
  const unknownId = idOfSpecial.get(unknown);

  const encodePiece = (piece: string, offset: () => number): readonly number[] => {
    let ids: readonly number[] = Array.from(piece, (character, i) => {
      const id = idOf.get(character) ?? unknownId;
      if (id === undefined) throw unknownCharacter(character.codePointAt(0) as number, offset() + i);
      return id;
    });
    for (;;) {
      const rank = lowestRank(ids, ranks);
      if (rank === undefined) return ids;
      const [left, right] = merges[rank];
      ids = mergeInto(ids, left, right, idOf.get(symbols[left] + symbols[right]) as number);
    }
  };

  const cache = new Map<string, readonly number[]>();
  return {
    unit: 'byte-pair',
    size: symbols.length,
    encode(input) {
      const text = asString(input);
      const all: number[] = [];
      let start = 0;
      for (const piece of pieces(text)) {
        let ids = cache.get(piece);
        if (ids === undefined) {
          ids = encodePiece(piece, () => Array.from(text.slice(0, start)).length);
          if (cache.size >= maxCached) cache.clear();
          cache.set(piece, ids);
        }
        for (const id of ids) all.push(id);
        start += piece.length;
      }
      return Int32Array.from(all);
    },
    decode: (ids) => Array.from(ids, (id) => symbols[checkId(id, symbols.length)]).join(''),
    special(name) {
      const id = idOfSpecial.get(name);
      if (id === undefined) throw new Error(`vocabulary: no special symbol ${name}`);
      return id;
    },
    toJSON: () => json,
  };
}

/** The rank of the pair of neighbours that was merged first. */
function lowestRank(ids: readonly number[], ranks: ReadonlyMap<number, number>): number | undefined {
  let lowest: number | undefined;
  for (let i = 1; i < ids.length; i++) {
    const rank = ranks.get(pairKey(ids[i - 1], ids[i]));
    if (rank !== undefined && (lowest === undefined || rank < lowest)) lowest = rank;
  }
  return lowest;
}
