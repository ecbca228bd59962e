// Counter-based randomness: every number is a pure function of logical indices, so any machine draws the same one.
// The mixer is lowbias32 (Chris Wellons, "Prospecting for Hash Functions", 2018).

import type { Shape } from './program/tensor.ts';

/** Mixes one more 32-bit word into a hash; unsigned 32-bit result. */
export function mix(hash: number, word: number): number {
  let h = (hash + Math.imul(word + 1, 0x9e3779b9)) | 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x7feb352d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x846ca68b);
  h ^= h >>> 16;
  return h >>> 0;
}

/** Hash of a list of integers; 64-bit ones (a seed) count with both halves. */
export function hashOf(...words: number[]): number {
  let hash = 0x6f6e6472;
  for (const word of words) {
    hash = mix(hash, word | 0);
    const high = Math.floor(word / 2 ** 32);
    if (high !== 0 && high !== -1) hash = mix(hash, high);
  }
  return hash;
}

/** A number in [0, 1), a multiple of 2^-24, hence exact in float32. */
export function uniform(hash: number): number {
  return (hash >>> 8) / 2 ** 24;
}

/**
 * A standard normal number from twelve uniform ones (Irwin-Hall): sums alone, so its bits are the same on every
 * processor; its tails end at ±6.
 */
export function normal(hash: number): number {
  let sum = -6;
  for (let draw = 0; draw < 12; draw++) sum += uniform(mix(hash, draw));
  return sum;
}

export interface Mask {
  readonly shape: Shape;
  /** Share of the draws that are 0. */
  readonly rate: number;
  readonly seed: number;
  /** Which dropout of the program this is. */
  readonly site: number;
  /**
   * What one draw is for:
   * - `element`: one element, in one shard of one step.
   * - `time`: the same at every time step of [T, B, F] (variational dropout, Gal and Ghahramani 2016).
   * - `shard`: the same in every shard of a step, for masks on weights (DropConnect, Wan et al. 2013; Merity et al. 2018).
   */
  readonly across: 'element' | 'time' | 'shard';
}

/** No shard's number: it keys the masks that all shards share. */
const everyShard = -1;

/** The hash that the elements of a mask go on from, with their row and their feature. */
export function maskHash({ seed, site, across }: Mask, step: number, shard: number): number {
  return hashOf(seed, step, across === 'shard' ? everyShard : shard, site);
}

/**
 * Fills an inverted-dropout mask: 0 with probability `rate`, else 1 / (1 - rate).
 * @param data row-major; each element is keyed by its row (across time: by its sequence) and its feature.
 */
export function fillDropoutMask(data: Float32Array | Float64Array, mask: Mask, step: number, shard: number): void {
  const { shape, rate, across } = mask;
  const base = maskHash(mask, step, shard);
  const kept = Math.fround(1 / (1 - rate));
  const features = shape.at(-1) as number;
  const drawn = across === 'time' ? data.length / (shape[0] as number) : data.length;
  for (let row = 0, i = 0; i < drawn; row++) {
    const rowKey = mix(base, row);
    for (let feature = 0; feature < features; feature++, i++) {
      data[i] = uniform(mix(rowKey, feature)) < rate ? 0 : kept;
    }
  }
  for (let i = drawn; i < data.length; i += drawn) data.copyWithin(i, 0, drawn);
}
