// What the coordinator does with whole gradients, in place: sums, scaling, the norm.

import { loadLanes, storeLanes } from './lanes';

/** y [n] += x [n] */
export function addInto(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    storeLanes(y + 4 * i, f32x4.add(loadLanes(y + 4 * i, lanes), loadLanes(x + 4 * i, lanes)), lanes);
  }
}

/** x [n] *= factor, the product rounded once. */
export function scaleInto(n: i32, factor: f64, x: usize): void {
  const factors = f64x2.splat(factor);
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    const value = loadLanes(x + 4 * i, lanes);
    const low = f64x2.mul(f64x2.promote_low_f32x4(value), factors);
    const high = f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<i64>(value, value, 1, 1)), factors);
    storeLanes(x + 4 * i, joined(low, high), lanes);
  }
}

/** Four floats of two pairs of doubles. */
@inline
function joined(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** Σ x² in double precision: eight partial sums, of i, i + 8, i + 16 …, then their sum pair by pair. */
export function sumOfSquares(n: i32, x: usize): f64 {
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  for (let i = 0; i < n; i += 8) {
    const first = loadLanes(x + 4 * i, min(n - i, 4));
    const second = n - i > 4 ? loadLanes(x + 4 * i + 16, min(n - i - 4, 4)) : f32x4.splat(0);
    s0 = f64x2.add(s0, squared(first));
    s1 = f64x2.add(s1, squared(v128.shuffle<i64>(first, first, 1, 1)));
    s2 = f64x2.add(s2, squared(second));
    s3 = f64x2.add(s3, squared(v128.shuffle<i64>(second, second, 1, 1)));
  }
  const sum = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

@inline
function squared(floats: v128): v128 {
  const x = f64x2.promote_low_f32x4(floats);
  return f64x2.mul(x, x);
}
