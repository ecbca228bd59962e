// Activations and their slopes. 0 tanh, 1 ReLU, 2 sigmoid.

import { loadLanes, storeLanes } from './lanes';
import { sigmoid, slopeOfSigmoid, slopeOfTanh, tanh } from './math';

@inline
export function activate(kind: i32, x: v128): v128 {
  if (kind == 0) return tanh(x);
  return kind == 1 ? f32x4.max(x, f32x4.splat(0)) : sigmoid(x);
}

/** d activation / d its input, from its value. */
@inline
export function slope(kind: i32, y: v128): v128 {
  if (kind == 0) return slopeOfTanh(y);
  if (kind == 1) return v128.and(f32x4.gt(y, f32x4.splat(0)), f32x4.splat(1));
  return slopeOfSigmoid(y);
}

/** y [rows, n] = activation(x) */
export function activation(kind: i32, x: usize, ldx: i32, rows: i32, n: i32, y: usize, ldy: i32): void {
  const whole = 4 * (n & ~3);
  const rest = n & 3;
  let at: i32;
  for (let row = 0; row < rows; row++) {
    for (at = 0; at < whole; at += 16) v128.store(y + at, activate(kind, v128.load(x + at)));
    if (rest > 0) storeLanes(y + at, activate(kind, loadLanes(x + at, rest)), rest);
    x += 4 * ldx;
    y += 4 * ldy;
  }
}

/** dx [rows, n] = dy · slope at the activation's value y */
export function activationGradient(
  kind: i32,
  y: usize,
  ldy: i32,
  dy: usize,
  ldDy: i32,
  rows: i32,
  n: i32,
  dx: usize,
  ldDx: i32,
): void {
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i += 4) {
      const lanes = min(n - i, 4);
      const at = 4 * i;
      storeLanes(dx + at, f32x4.mul(loadLanes(dy + at, lanes), slope(kind, loadLanes(y + at, lanes))), lanes);
    }
    y += 4 * ldy;
    dy += 4 * ldDy;
    dx += 4 * ldDx;
  }
}
