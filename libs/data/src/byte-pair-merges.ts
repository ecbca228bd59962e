// Learns which symbols of a text to merge into longer ones, the most frequent pair first (byte-pair encoding).

import { compareCodePoints } from './files.ts';

/** The longest piece, in characters: what bounds the work where a text has no white space. */
const maxPiece = 64;

/**
 * Cuts a text into pieces that no unit crosses: words with the space before them, and the white space that is left over. All pieces
 * together are the text.
 */
export function* pieces(text: string): Generator<string, undefined> {
  const pattern = new RegExp(` ?\\S{1,${maxPiece}}|\\s{1,${maxPiece}}(?!\\S)|\\s`, 'gu');
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) yield match[0];
}

export interface Merges {
  /** The text's characters in the order of their code points, then what every merge made, each once. */
  readonly symbols: readonly string[];
  /** Numbers of two symbols, in the order in which they were merged. */
  readonly merges: readonly (readonly [number, number])[];
}

/**
 * Sennrich, Haddow and Birch 2016 (doi:10.18653/v1/P16-1162), algorithm 1, with counts that are kept up instead of counted again:
 * `count` times the most frequent pair of neighbouring symbols becomes a symbol. Of equally frequent pairs it is the one whose
 * first symbol comes first by code points, then whose second does. Ends early when no pair occurs twice.
 */
export function learnMerges(text: string, count: number): Merges {
  const words = new Map<string, number>();
  for (const piece of pieces(text)) words.set(piece, (words.get(piece) ?? 0) + 1);
  const symbols = distinctCharacters(words.keys());
  const idOf = new Map(symbols.map((symbol, id) => [symbol, id]));
  const pairs = createPairs(
    Array.from(words, ([word, times]) => ({ ids: Array.from(word, (symbol) => idOf.get(symbol) as number), times })),
    symbols,
  );

  const merges: [number, number][] = [];
  while (merges.length < count) {
    const best = pairs.takeMostFrequent();
    if (best === undefined) break;
    const [left, right] = best;
    const symbol = symbols[left] + symbols[right];
    const id = idOf.get(symbol) ?? symbols.push(symbol) - 1;
    idOf.set(symbol, id);
    merges.push([left, right]);
    pairs.merge(left, right, id);
  }
  return { symbols, merges };
}

function distinctCharacters(words: Iterable<string>): string[] {
  const characters = new Set<string>();
  for (const word of words) for (const character of word) characters.add(character);
  return [...characters].sort(compareCodePoints);
}

/** A pair of symbols as one number: both are below 2^26. */
export function pairKey(left: number, right: number): number {
  return left * 2 ** 26 + right;
}

interface Word {
  ids: number[];
  readonly times: number;
}

/** Counts of neighbouring symbols over all words, kept up while pairs are merged. @param symbols grows while it is used. */
function createPairs(words: readonly Word[], symbols: readonly string[]) {
  const counts = new Map<number, number>();
  /** Words that have, or once had, a pair. */
  const wordsOf = new Map<number, Set<Word>>();
  const queue = createQueue(symbols);

  /** @param changed what the counts were before. */
  const add = (word: Word, sign: 1 | -1, changed: Map<number, number>) => {
    for (let i = 1; i < word.ids.length; i++) {
      const key = pairKey(word.ids[i - 1], word.ids[i]);
      const count = counts.get(key) ?? 0;
      if (!changed.has(key)) changed.set(key, count);
      counts.set(key, count + sign * word.times);
      if (sign === -1) continue;
      const places = wordsOf.get(key);
      if (places === undefined) wordsOf.set(key, new Set([word]));
      else places.add(word);
    }
  };
  const enqueue = (changed: ReadonlyMap<number, number>) => {
    for (const [key, before] of changed) {
      const count = counts.get(key) as number;
      if (count > 1 && count !== before) queue.push({ key, count });
      if (count > 0) continue;
      counts.delete(key);
      wordsOf.delete(key);
    }
  };

  const all = new Map<number, number>();
  for (const word of words) add(word, 1, all);
  enqueue(all);
  return {
    /** Undefined when no pair occurs twice. */
    takeMostFrequent(): [number, number] | undefined {
      for (let top = queue.pop(); top !== undefined; top = queue.pop()) {
        // What is out of date has been queued again with its present count.
        if (counts.get(top.key) === top.count) return [Math.floor(top.key / 2 ** 26), top.key % 2 ** 26];
      }
      return undefined;
    },
    merge(left: number, right: number, id: number): void {
      const key = pairKey(left, right);
      const changed = new Map<number, number>();
      for (const word of wordsOf.get(key) ?? []) {
        add(word, -1, changed);
        word.ids = mergeInto(word.ids, left, right, id);
        add(word, 1, changed);
      }
      enqueue(changed);
    },
  };
}

/** Every occurrence of the pair, from the left, becomes the symbol. */
export function mergeInto(ids: readonly number[], left: number, right: number, id: number): number[] {
  const merged: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === left && ids[i + 1] === right) {
      merged.push(id);
      i++;
    } else {
      merged.push(ids[i]);
    }
  }
  return merged;
}

interface Entry {
  readonly key: number;
  readonly count: number;
}

/** A binary heap: the highest count first, then the pair that comes first by code points. */
function createQueue(symbols: readonly string[]) {
  const heap: Entry[] = [];
  const isBefore = (a: Entry, b: Entry) => {
    if (a.count !== b.count) return a.count > b.count;
    const [leftA, leftB] = [Math.floor(a.key / 2 ** 26), Math.floor(b.key / 2 ** 26)];
    const [first, second] = leftA === leftB ? [a.key % 2 ** 26, b.key % 2 ** 26] : [leftA, leftB];
    return first !== second && compareCodePoints(symbols[first], symbols[second]) < 0;
  };
  return {
    push(entry: Entry): void {
      let i = heap.push(entry) - 1;
      for (let parent = (i - 1) >> 1; i > 0 && isBefore(entry, heap[parent]); parent = (i - 1) >> 1) {
        heap[i] = heap[parent];
        i = parent;
      }
      heap[i] = entry;
    },
    pop(): Entry | undefined {
      const top = heap[0];
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return top;
      let i = 0;
      for (;;) {
        let child = 2 * i + 1;
        if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
        if (child >= heap.length || !isBefore(heap[child], last)) break;
        heap[i] = heap[child];
        i = child;
      }
      heap[i] = last;
      return top;
    },
  };
}
