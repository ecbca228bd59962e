// One step of a GRU whose reset gate comes before the product (Cho et al. 2014), in two passes each way, since the product
// W_hn (r·h0) lies between them. H hidden, B batch.

import { loadLanes, splat, storeLanes, within } from './lanes';
import { sigmoid, slopeOfSigmoid, slopeOfTanh, tanh } from './math';

/**
 * The first 2H rows of gates [3H, B] hold the sums W_ih x + W_hh h of r and z and become r and z; reset [H, B] = r·h0.
 * bias [3H]. The last H rows of gates are left alone.
 */
export function gruBeforeGatesForward(
  hidden: i32,
  batch: i32,
  gates: usize,
  ldGates: i32,
  bias: usize,
  h0: usize,
  ldH0: i32,
  reset: usize,
  ldReset: i32,
): void {
  const toGate = 4 * hidden * ldGates;
  const whole = 4 * (batch & ~3);
  const rest = batch & 3;
  let at: i32;
  for (let row = 0; row < hidden; row++) {
    const biasR = splat(bias + 4 * row);
    const biasZ = splat(bias + 4 * (hidden + row));
    for (at = 0; at < whole; at += 16) gatesForward(4, at, gates, toGate, biasR, biasZ, h0, reset);
    if (rest > 0) gatesForward(rest, at, gates, toGate, biasR, biasZ, h0, reset);
    gates += 4 * ldGates;
    h0 += 4 * ldH0;
    reset += 4 * ldReset;
  }
}

/** Four columns, or the last `lanes` of them. */
@inline
function gatesForward(
  lanes: i32,
  at: usize,
  gates: usize,
  toGate: usize,
  biasR: v128,
  biasZ: v128,
  h0: usize,
  reset: usize,
): void {
  const gate = gates + at;
  const r = sigmoid(f32x4.add(loadLanes(gate, lanes), biasR));
  storeLanes(gate, r, lanes);
  storeLanes(gate + toGate, sigmoid(f32x4.add(loadLanes(gate + toGate, lanes), biasZ)), lanes);
  storeLanes(reset + at, f32x4.mul(r, loadLanes(h0 + at, lanes)), lanes);
}

/**
 * gates [3H, B] holds r, z and the sums W_in x + W_hn reset, which become n; h = (1 - z)·n + z·h0.
 * Past a sequence's length: h = h0, gates 0.
 */
export function gruBeforeOutputForward(
  hidden: i32,
  batch: i32,
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
  const toGate = 4 * hidden * ldGates;
  const whole = 4 * (batch & ~3);
  const rest = batch & 3;
  let at: i32;
  for (let row = 0; row < hidden; row++) {
    const biasN = splat(bias + 4 * (2 * hidden + row));
    for (at = 0; at < whole; at += 16) outputForward(4, at, gates, toGate, biasN, h0, h, lengths, t);
    if (rest > 0) outputForward(rest, at, gates, toGate, biasN, h0, h, lengths, t);
    gates += 4 * ldGates;
    h0 += 4 * ldH0;
    h += 4 * ldH;
  }
}

/** Four columns, or the last `lanes` of them. */
@inline
function outputForward(
  lanes: i32,
  at: usize,
  gates: usize,
  toGate: usize,
  biasN: v128,
  h0: usize,
  h: usize,
  lengths: usize,
  t: i32,
): void {
  const gate = gates + at;
  const z = loadLanes(gate + toGate, lanes);
  let n = tanh(f32x4.add(loadLanes(gate + 2 * toGate, lanes), biasN));
  const before = loadLanes(h0 + at, lanes);
  let state = f32x4.add(n, f32x4.mul(z, f32x4.sub(before, n)));
  if (lengths != 0) {
    const inside = within(lengths, at, t, lanes);
    storeLanes(gate, v128.and(loadLanes(gate, lanes), inside), lanes);
    storeLanes(gate + toGate, v128.and(z, inside), lanes);
    n = v128.and(n, inside);
    state = v128.bitselect(state, before, inside);
  }
  storeLanes(gate + 2 * toGate, n, lanes);
  storeLanes(h + at, state, lanes);
}

/**
 * gates [3H, B] holds r, z, n; z and n become the derivatives by their sums, r stays. dh [H, B], to which dy is added,
 * becomes what goes to h0 by z: times z, or itself past a length, where the derivatives are 0.
 */
export function gruBeforeOutputBackward(
  hidden: i32,
  batch: i32,
  gates: usize,
  ldGates: i32,
  h0: usize,
  ldH0: i32,
  dy: usize,
  ldDy: i32,
  dh: usize,
  ldDh: i32,
  lengths: usize,
  t: i32,
): void {
  const toGate = 4 * hidden * ldGates;
  const whole = 4 * (batch & ~3);
  const rest = batch & 3;
  let at: i32;
  for (let row = 0; row < hidden; row++) {
    for (at = 0; at < whole; at += 16) outputBackward(4, at, gates, toGate, h0, dy, dh, lengths, t);
    if (rest > 0) outputBackward(rest, at, gates, toGate, h0, dy, dh, lengths, t);
    gates += 4 * ldGates;
    h0 += 4 * ldH0;
    dy += 4 * ldDy;
    dh += 4 * ldDh;
  }
}

/** Four columns, or the last `lanes` of them. */
@inline
function outputBackward(
  lanes: i32,
  at: usize,
  gates: usize,
  toGate: usize,
  h0: usize,
  dy: usize,
  dh: usize,
  lengths: usize,
  t: i32,
): void {
  const gate = gates + toGate + at;
  const z = loadLanes(gate, lanes);
  const n = loadLanes(gate + toGate, lanes);
  const dhLater = loadLanes(dh + at, lanes);
  const dState = f32x4.add(dhLater, loadLanes(dy + at, lanes));
  let dz = f32x4.mul(f32x4.mul(dState, f32x4.sub(loadLanes(h0 + at, lanes), n)), slopeOfSigmoid(z));
  let dn = f32x4.mul(f32x4.mul(dState, f32x4.sub(f32x4.splat(1), z)), slopeOfTanh(n));
  let dhBefore = f32x4.mul(dState, z);
  if (lengths != 0) {
    const inside = within(lengths, at, t, lanes);
    dz = v128.and(dz, inside);
    dn = v128.and(dn, inside);
    dhBefore = v128.bitselect(dhBefore, dhLater, inside);
  }
  storeLanes(gate, dz, lanes);
  storeLanes(gate + toGate, dn, lanes);
  storeLanes(dh + at, dhBefore, lanes);
}

/**
 * With dReset [H, B] = W_hnᵀ dn: r, the first H rows of gates, becomes the derivative by its sum; dh += dReset·r, what goes
 * to h0 by reset. Past a length r and dReset are 0, so nothing changes there.
 */
export function gruBeforeGatesBackward(
  hidden: i32,
  batch: i32,
  gates: usize,
  ldGates: i32,
  h0: usize,
  ldH0: i32,
  dReset: usize,
  ldDReset: i32,
  dh: usize,
  ldDh: i32,
): void {
  const whole = 4 * (batch & ~3);
  const rest = batch & 3;
  let at: i32;
  for (let row = 0; row < hidden; row++) {
    for (at = 0; at < whole; at += 16) gatesBackward(4, at, gates, h0, dReset, dh);
    if (rest > 0) gatesBackward(rest, at, gates, h0, dReset, dh);
    gates += 4 * ldGates;
    h0 += 4 * ldH0;
    dReset += 4 * ldDReset;
    dh += 4 * ldDh;
  }
}

/** Four columns, or the last `lanes` of them. */
@inline
function gatesBackward(
  lanes: i32,
  at: usize,
  gates: usize,
  h0: usize,
  dReset: usize,
  dh: usize,
): void {
  const r = loadLanes(gates + at, lanes);
  const d = loadLanes(dReset + at, lanes);
  storeLanes(gates + at, f32x4.mul(f32x4.mul(d, loadLanes(h0 + at, lanes)), slopeOfSigmoid(r)), lanes);
  storeLanes(dh + at, f32x4.add(loadLanes(dh + at, lanes), f32x4.mul(d, r)), lanes);
}
