// Softmax along rows, and its derivative.

import { loadLanes, storeLanes, sumOf } from './lanes';
import { exp } from './math';

/** x [rows, n]: the first `count` elements of each row become their softmax, those behind them 0. In place. */
export function softmaxRows(x: usize, ld: i32, rows: i32, n: i32, count: i32): void {
  for (let row = 0; row < rows; row++) {
    if (count > 0) softmax(x, count);
    if (count < n) memory.fill(x + 4 * count, 0, 4 * (n - count));
    x += 4 * ld;
  }
}

function softmax(x: usize, n: i32): void {
  const end = x + 4 * (n & ~3);
  const rest = n & 3;
  let largest = f32x4.splat(-Infinity);
  let at = x;
  for (; at < end; at += 16) largest = f32x4.pmax(largest, v128.load(at));
  let most = max(
    max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
  for (let lane = 0; lane < rest; lane++) most = max(most, load<f32>(at + 4 * lane));

  const shift = f32x4.splat(most);
  let total = f32x4.splat(0);
  for (at = x; at < end; at += 16) {
    const value = exp(f32x4.sub(v128.load(at), shift));
    v128.store(at, value);
    total = f32x4.add(total, value);
  }
  if (rest > 0) {
    storeLanes(at, exp(f32x4.sub(loadLanes(at, rest), shift)), rest);
    total = f32x4.add(total, loadLanes(at, rest)); // zeros behind them
  }
  const divisor = f32x4.splat(sumOf(total));
  for (at = x; at < end; at += 16) v128.store(at, f32x4.div(v128.load(at), divisor));
  if (rest > 0) storeLanes(at, f32x4.div(loadLanes(at, rest), divisor), rest);
}

/** From the softmax y [rows, n]: dy becomes y · (dy - Σ y dy), the sum along its row. In place. */
export function softmaxRowsGradient(y: usize, ldy: i32, dy: usize, ldDy: i32, rows: i32, n: i32): void {
  for (let row = 0; row < rows; row++) {
    let sum = f32x4.splat(0);
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      sum = f32x4.add(sum, f32x4.mul(loadLanes(y + 4 * i, lanes), loadLanes(dy + 4 * i, lanes)));
    }
    const mean = f32x4.splat(sumOf(sum));
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      const difference = f32x4.sub(loadLanes(dy + 4 * i, lanes), mean);
      storeLanes(dy + 4 * i, f32x4.mul(loadLanes(y + 4 * i, lanes), difference), lanes);
    }
    y += 4 * ldy;
    dy += 4 * ldDy;
  }
}
