// Losses of numbers, weighted: squared (kind 0), absolute (1) and Huber's (2) distance of y to the targets. A place of weight
// 0 does not count, whatever its target is.

import { high, low } from './doubles';
import { loadLanes, storeLanes } from './lanes';

/** Σ w · distance(y - targets) at sums[0] and Σ w at sums[1], in double precision, over y [rows, n]. */
export function regressionLoss(
  kind: i32,
  delta: f32,
  y: usize,
  ldY: i32,
  targets: usize,
  ldTargets: i32,
  weights: usize,
  ldWeights: i32,
  rows: i32,
  n: i32,
  sums: usize,
): void {
  let loss = f64x2.splat(0);
  let total = f64x2.splat(0);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      const w = loadLanes(weights + 4 * i, lanes);
      const d = difference(loadLanes(y + 4 * i, lanes), loadLanes(targets + 4 * i, lanes), w);
      loss = f64x2.add(loss, f64x2.add(weighted(kind, delta, low(d), low(w)), weighted(kind, delta, high(d), high(w))));
      total = f64x2.add(total, f64x2.add(low(w), high(w)));
    }
    y += 4 * ldY;
    targets += 4 * ldTargets;
    weights += 4 * ldWeights;
  }
  store<f64>(sums, f64x2.extract_lane(loss, 0) + f64x2.extract_lane(loss, 1));
  store<f64>(sums, f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1), 8);
}

/** y - target, 0 where the weight is 0. */
@inline
function difference(y: v128, target: v128, weight: v128): v128 {
  return v128.and(f32x4.sub(y, target), f32x4.ne(weight, f32x4.splat(0)));
}

/** Two doubles of w · distance(d). */
@inline
function weighted(kind: i32, delta: f32, d: v128, w: v128): v128 {
  const size = f64x2.abs(d);
  if (kind == 1) return f64x2.mul(w, size);
  const square = f64x2.mul(d, d);
  if (kind == 0) return f64x2.mul(w, square);
  const bend = f64x2.splat(<f64>delta);
  const half = f64x2.splat(0.5);
  const line = f64x2.mul(bend, f64x2.sub(size, f64x2.mul(half, bend)));
  return f64x2.mul(w, v128.bitselect(f64x2.mul(half, square), line, f64x2.le(size, bend)));
}

/** dY [rows, n] = scale · w · slope(y - targets): 2 d, the sign of d, or d within [-delta, delta]. */
export function regressionLossGradient(
  kind: i32,
  delta: f32,
  y: usize,
  ldY: i32,
  targets: usize,
  ldTargets: i32,
  weights: usize,
  ldWeights: i32,
  rows: i32,
  n: i32,
  scale: f32,
  dY: usize,
  ldD: i32,
): void {
  const scales = f32x4.splat(scale);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      const w = loadLanes(weights + 4 * i, lanes);
      const d = difference(loadLanes(y + 4 * i, lanes), loadLanes(targets + 4 * i, lanes), w);
      storeLanes(dY + 4 * i, f32x4.mul(f32x4.mul(scales, w), slope(kind, delta, d)), lanes);
    }
    y += 4 * ldY;
    targets += 4 * ldTargets;
    weights += 4 * ldWeights;
    dY += 4 * ldD;
  }
}

@inline
function slope(kind: i32, delta: f32, d: v128): v128 {
  if (kind == 0) return f32x4.add(d, d);
  if (kind == 2) return f32x4.pmin(f32x4.pmax(d, f32x4.splat(-delta)), f32x4.splat(delta));
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  return f32x4.sub(v128.and(one, f32x4.gt(d, zero)), v128.and(one, f32x4.lt(d, zero)));
}
