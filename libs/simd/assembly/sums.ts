// What is done with whole gradients: sums, the norm, cutting their elements.

import { high, joined, low } from './doubles';
import { loadLanes, storeLanes } from './lanes';

/** y [n] += x [n] */
export function addInto(n: i32, x: usize, y: usize): void {
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    storeLanes(y + 4 * i, f32x4.add(loadLanes(y + 4 * i, lanes), loadLanes(x + 4 * i, lanes)), lanes);
  }
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
    s0 = f64x2.add(s0, squared(low(first)));
    s1 = f64x2.add(s1, squared(high(first)));
    s2 = f64x2.add(s2, squared(low(second)));
    s3 = f64x2.add(s3, squared(high(second)));
  }
  const sum = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** y [n] = x [n] · factor in double precision, cut to [-bound, bound]; y may be x. */
export function clip(n: i32, factor: f64, bound: f64, x: usize, y: usize): void {
  const factors = f64x2.splat(factor);
  const most = f64x2.splat(bound);
  const least = f64x2.splat(-bound);
  for (let i = 0; i < n; i += 4) {
    const lanes = min(n - i, 4);
    const values = loadLanes(x + 4 * i, lanes);
    const first = f64x2.max(least, f64x2.min(most, f64x2.mul(factors, low(values))));
    const second = f64x2.max(least, f64x2.min(most, f64x2.mul(factors, high(values))));
    storeLanes(y + 4 * i, joined(first, second), lanes);
  }
}

@inline
function squared(x: v128): v128 {
  return f64x2.mul(x, x);
}
