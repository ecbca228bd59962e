// Counter-based randomness: every number is a pure function of logical indices, so any machine draws the same one.
// The mixer is lowbias32 (Chris Wellons, "Prospecting for Hash Functions", 2018).

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

export interface MaskKey {
  readonly seed: number;
  readonly step: number;
  readonly shard: number;
  /** Which dropout of the program this is. */
  readonly site: number;
}

/**
 * Fills an inverted-dropout mask: 0 with probability `rate`, else 1 / (1 - rate).
 * @param mask [..., F], row-major; each element is keyed by its row and its feature.
 */
export function fillDropoutMask(mask: Float32Array | Float64Array, features: number, rate: number, key: MaskKey): void {
  const base = hashOf(key.seed, key.step, key.shard, key.site);
  const kept = Math.fround(1 / (1 - rate));
  for (let row = 0, i = 0; i < mask.length; row++) {
    const rowKey = mix(base, row);
    for (let feature = 0; feature < features; feature++, i++) {
      mask[i] = uniform(mix(rowKey, feature)) < rate ? 0 : kept;
    }
  }
}
