// One step of a simple recurrent layer, forward and backward. H hidden, B batch.

import { activate, slope } from './activation';
import { loadLanes, splat, storeLanes, within } from './lanes';

/** h [H, B] = activation(gates + bias), gates [H, B] the sums W_ih x + W_hh h; past a sequence's length h = h0. */
export function rnnForward(
  hidden: i32,
  batch: i32,
  activation: i32,
  gates: usize,
  ldGates: i32,
  bias: usize,
  h0: usize,
  ldH0: i32,
  h: usize,
  ldH: i32,
  lengths: usize,
  t: i32,
): void {
  const whole = 4 * (batch & ~3);
  const rest = batch & 3;
  let at: i32;
  for (let row = 0; row < hidden; row++) {
    const biasOfRow = splat(bias + 4 * row);
    for (at = 0; at < whole; at += 16) forward(4, at, activation, gates, biasOfRow, h0, h, lengths, t);
    if (rest > 0) forward(rest, at, activation, gates, biasOfRow, h0, h, lengths, t);
    gates += 4 * ldGates;
    h0 += 4 * ldH0;
    h += 4 * ldH;
  }
}

/** Four columns, or the last `lanes` of them. */
@inline
function forward(
  lanes: i32,
  at: usize,
  activation: i32,
  gates: usize,
  biasOfRow: v128,
  h0: usize,
  h: usize,
  lengths: usize,
  t: i32,
): void {
  let state = activate(activation, f32x4.add(loadLanes(gates + at, lanes), biasOfRow));
  if (lengths != 0) {
    state = v128.bitselect(state, loadLanes(h0 + at, lanes), within(lengths, at, t, lanes));
  }
  storeLanes(h + at, state, lanes);
}

/**
 * gates [H, B] becomes the derivatives by the sums, from h [H, B], dh and dy [H, B]; past a length 0.
 * With lengths, dh becomes its direct way to h0: itself past a length, else 0; without, dh stays as it is.
 */
export function rnnBackward(
  hidden: i32,
  batch: i32,
  activation: i32,
  gates: usize,
  ldGates: i32,
  h: usize,
  ldH: i32,
  dy: usize,
  ldDy: i32,
  dh: usize,
  ldDh: i32,
  lengths: usize,
  t: i32,
): void {
  const whole = 4 * (batch & ~3);
  const rest = batch & 3;
  let at: i32;
  for (let row = 0; row < hidden; row++) {
    for (at = 0; at < whole; at += 16) backward(4, at, activation, gates, h, dy, dh, lengths, t);
    if (rest > 0) backward(rest, at, activation, gates, h, dy, dh, lengths, t);
    gates += 4 * ldGates;
    h += 4 * ldH;
    dy += 4 * ldDy;
    dh += 4 * ldDh;
  }
}

/** Four columns, or the last `lanes` of them. */
@inline
function backward(
  lanes: i32,
  at: usize,
  activation: i32,
  gates: usize,
  h: usize,
  dy: usize,
  dh: usize,
  lengths: usize,
  t: i32,
): void {
  const dhLater = loadLanes(dh + at, lanes);
  const dState = f32x4.add(dhLater, loadLanes(dy + at, lanes));
  let dSum = f32x4.mul(dState, slope(activation, loadLanes(h + at, lanes)));
  if (lengths != 0) {
    const inside = within(lengths, at, t, lanes);
    dSum = v128.and(dSum, inside);
    storeLanes(dh + at, v128.andnot(dhLater, inside), lanes);
  }
  storeLanes(gates + at, dSum, lanes);
}
