// The dropout mask of rnn-core's random.ts, feature-major, bit for bit. The hash's mixer is lowbias32 (Chris Wellons,
// "Prospecting for Hash Functions", 2018).

import { storeLanes } from './lanes';

/** mask [F, N]: 0 with probability `rate`, else 1 / (1 - rate); keyed by mix(mix(base, n), feature). */
export function dropoutMask(mask: usize, ld: i32, features: i32, n: i32, rate: f64, base: i32): void {
  const kept = f32x4.splat(<f32>(1 / (1 - rate)));
  // hash >>> 8 is a multiple of 2^-24, so it is below `rate` where it is below the next whole number of 2^-24.
  const threshold = i32x4.splat(<i32>ceil<f64>(rate * 16777216));
  for (let block = 0; block < n; block += 16) {
    const keys0 = keysOf(base, block);
    const keys1 = keysOf(base, block + 4);
    const keys2 = keysOf(base, block + 8);
    const keys3 = keysOf(base, block + 12);
    const columns = min(n - block, 16);
    for (let feature = 0; feature < features; feature++) {
      const at = mask + 4 * (feature * ld + block);
      const word = i32x4.splat(feature);
      storeLanes(at, draw(keys0, word, threshold, kept), min(columns, 4));
      if (columns > 4) storeLanes(at + 16, draw(keys1, word, threshold, kept), min(columns - 4, 4));
      if (columns > 8) storeLanes(at + 32, draw(keys2, word, threshold, kept), min(columns - 8, 4));
      if (columns > 12) storeLanes(at + 48, draw(keys3, word, threshold, kept), min(columns - 12, 4));
    }
  }
}

@inline
function keysOf(base: i32, n: i32): v128 {
  return mix(i32x4.splat(base), i32x4.add(i32x4.splat(n), i32x4(0, 1, 2, 3)));
}

@inline
function draw(keys: v128, word: v128, threshold: v128, kept: v128): v128 {
  return v128.and(kept, i32x4.ge_s(i32x4.shr_u(mix(keys, word), 8), threshold));
}

@inline
function mix(hash: v128, word: v128): v128 {
  let h = i32x4.add(hash, i32x4.mul(i32x4.add(word, i32x4.splat(1)), i32x4.splat(0x9e3779b9)));
  h = v128.xor(h, i32x4.shr_u(h, 16));
  h = i32x4.mul(h, i32x4.splat(0x7feb352d));
  h = v128.xor(h, i32x4.shr_u(h, 15));
  h = i32x4.mul(h, i32x4.splat(0x846ca68b));
  return v128.xor(h, i32x4.shr_u(h, 16));
}
