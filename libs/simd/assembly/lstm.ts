// One step of an LSTM, forward and backward. H hidden, B batch: rows are features, the columns one time step's batch.

import { loadLanes, splat, storeLanes, within } from './lanes';
import { sigmoid, slopeOfSigmoid, slopeOfTanh, tanh } from './math';

/**
 * gates [4H, B] holds the sums W_ih x + W_hh h and becomes i, f, g, o; bias [4H].
 * c = f·c0 + i·g, tanhC = tanh(c), h = o·tanhC. Past a sequence's length: c = c0, h = h0, gates and tanhC 0.
 */
export function lstmForward(
  hidden: i32,
  batch: i32,
  gates: usize,
  ldGates: i32,
  bias: usize,
  c0: usize,
  ldC0: i32,
  h0: usize,
  ldH0: i32,
  c: usize,
  ldC: i32,
  tanhC: usize,
  ldTanhC: i32,
  h: usize,
  ldH: i32,
  lengths: usize,
  t: i32,
): void {
  const toGate = 4 * hidden * ldGates;
  const toBias = 4 * hidden;
  const whole = 4 * (batch & ~3);
  const rest = batch & 3;
  let at: i32;
  for (let row = 0; row < hidden; row++) {
    const biasI = splat(bias);
    const biasF = splat(bias + toBias);
    const biasG = splat(bias + 2 * toBias);
    const biasO = splat(bias + 3 * toBias);
    for (at = 0; at < whole; at += 16) squash(4, at, gates, toGate, biasI, biasF, biasG, biasO, lengths, t);
    if (rest > 0) squash(rest, at, gates, toGate, biasI, biasF, biasG, biasO, lengths, t);
    for (at = 0; at < whole; at += 16) output(4, at, gates, toGate, c0, h0, c, tanhC, h, lengths, t);
    if (rest > 0) output(rest, at, gates, toGate, c0, h0, c, tanhC, h, lengths, t);
    gates += 4 * ldGates;
    bias += 4;
    c0 += 4 * ldC0;
    h0 += 4 * ldH0;
    c += 4 * ldC;
    tanhC += 4 * ldTanhC;
    h += 4 * ldH;
  }
}

/** The four gates of four columns, or of the last `lanes` of them. */
@inline
function squash(
  lanes: i32,
  at: usize,
  gates: usize,
  toGate: usize,
  biasI: v128,
  biasF: v128,
  biasG: v128,
  biasO: v128,
  lengths: usize,
  t: i32,
): void {
  const gate = gates + at;
  let i = sigmoid(f32x4.add(loadLanes(gate, lanes), biasI));
  let f = sigmoid(f32x4.add(loadLanes(gate + toGate, lanes), biasF));
  let g = tanh(f32x4.add(loadLanes(gate + 2 * toGate, lanes), biasG));
  let o = sigmoid(f32x4.add(loadLanes(gate + 3 * toGate, lanes), biasO));
  if (lengths != 0) {
    const inside = within(lengths, at, t, lanes);
    i = v128.and(i, inside);
    f = v128.and(f, inside);
    g = v128.and(g, inside);
    o = v128.and(o, inside);
  }
  storeLanes(gate, i, lanes);
  storeLanes(gate + toGate, f, lanes);
  storeLanes(gate + 2 * toGate, g, lanes);
  storeLanes(gate + 3 * toGate, o, lanes);
}

/** Cell and output of four columns, or of the last `lanes` of them. */
@inline
function output(
  lanes: i32,
  at: usize,
  gates: usize,
  toGate: usize,
  c0: usize,
  h0: usize,
  c: usize,
  tanhC: usize,
  h: usize,
  lengths: usize,
  t: i32,
): void {
  const gate = gates + at;
  const before = loadLanes(c0 + at, lanes);
  let cell = f32x4.mul(loadLanes(gate + toGate, lanes), before);
  cell = f32x4.add(cell, f32x4.mul(loadLanes(gate, lanes), loadLanes(gate + 2 * toGate, lanes)));
  let squashed = tanh(cell);
  let state = f32x4.mul(loadLanes(gate + 3 * toGate, lanes), squashed);
  if (lengths != 0) {
    const inside = within(lengths, at, t, lanes);
    cell = v128.bitselect(cell, before, inside);
    squashed = v128.and(squashed, inside);
    state = v128.bitselect(state, loadLanes(h0 + at, lanes), inside);
  }
  storeLanes(c + at, cell, lanes);
  storeLanes(tanhC + at, squashed, lanes);
  storeLanes(h + at, state, lanes);
}

/**
 * gates [4H, B] holds i, f, g, o and becomes the derivatives by the gates' sums. dh [H, B] is what later steps say of h,
 * dy [H, B] of this step is added; dc [H, B] becomes what this step says of c0.
 * Past a length: the gates' derivatives are 0, dc stays. With lengths, dh becomes its direct way to h0: itself past a
 * length, else 0; without, dh stays as it is.
 */
export function lstmBackward(
  hidden: i32,
  batch: i32,
  gates: usize,
  ldGates: i32,
  c0: usize,
  ldC0: i32,
  tanhC: usize,
  ldTanhC: i32,
  dy: usize,
  ldDy: i32,
  dh: usize,
  ldDh: i32,
  dc: usize,
  ldDc: i32,
  lengths: usize,
  t: i32,
): void {
  const toGate = 4 * hidden * ldGates;
  const whole = 4 * (batch & ~3);
  const rest = batch & 3;
  let at: i32;
  for (let row = 0; row < hidden; row++) {
    for (at = 0; at < whole; at += 16) backward(4, at, gates, toGate, c0, tanhC, dy, dh, dc, lengths, t);
    if (rest > 0) backward(rest, at, gates, toGate, c0, tanhC, dy, dh, dc, lengths, t);
    gates += 4 * ldGates;
    c0 += 4 * ldC0;
    tanhC += 4 * ldTanhC;
    dy += 4 * ldDy;
    dh += 4 * ldDh;
    dc += 4 * ldDc;
  }
}

/** Four columns, or the last `lanes` of them. */
@inline
function backward(
  lanes: i32,
  at: usize,
  gates: usize,
  toGate: usize,
  c0: usize,
  tanhC: usize,
  dy: usize,
  dh: usize,
  dc: usize,
  lengths: usize,
  t: i32,
): void {
  const gate = gates + at;
  const i = loadLanes(gate, lanes);
  const f = loadLanes(gate + toGate, lanes);
  const g = loadLanes(gate + 2 * toGate, lanes);
  const o = loadLanes(gate + 3 * toGate, lanes);
  const squashed = loadLanes(tanhC + at, lanes);
  const dhLater = loadLanes(dh + at, lanes);
  const dcLater = loadLanes(dc + at, lanes);
  const dState = f32x4.add(dhLater, loadLanes(dy + at, lanes));
  const dCell = f32x4.add(dcLater, f32x4.mul(f32x4.mul(dState, o), slopeOfTanh(squashed)));
  let di = f32x4.mul(f32x4.mul(dCell, g), slopeOfSigmoid(i));
  let df = f32x4.mul(f32x4.mul(dCell, loadLanes(c0 + at, lanes)), slopeOfSigmoid(f));
  let dg = f32x4.mul(f32x4.mul(dCell, i), slopeOfTanh(g));
  let dO = f32x4.mul(f32x4.mul(dState, squashed), slopeOfSigmoid(o));
  let dcBefore = f32x4.mul(dCell, f);
  if (lengths != 0) {
    const inside = within(lengths, at, t, lanes);
    di = v128.and(di, inside);
    df = v128.and(df, inside);
    dg = v128.and(dg, inside);
    dO = v128.and(dO, inside);
    dcBefore = v128.bitselect(dcBefore, dcLater, inside);
    storeLanes(dh + at, v128.andnot(dhLater, inside), lanes);
  }
  storeLanes(gate, di, lanes);
  storeLanes(gate + toGate, df, lanes);
  storeLanes(gate + 2 * toGate, dg, lanes);
  storeLanes(gate + 3 * toGate, dO, lanes);
  storeLanes(dc + at, dcBefore, lanes);
}
