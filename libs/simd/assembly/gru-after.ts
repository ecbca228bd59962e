// One step of a GRU whose reset gate comes after the product (cuDNN, PyTorch), forward and backward. H hidden, B batch.

import { loadLanes, splat, storeLanes, within } from './lanes';
import { sigmoid, slopeOfSigmoid, slopeOfTanh, tanh } from './math';

/**
 * gates [3H, B] holds W_ih x and becomes r, z, n; q [3H, B] holds W_hh h, its last H rows become q = W_hn h + b_hn.
 * n = tanh(W_in x + b_in + r·q), h = (1 - z)·n + z·h0. Past a sequence's length: h = h0, gates and q 0.
 */
export function gruAfterForward(
  hidden: i32,
  batch: i32,
  gates: usize,
  ldGates: i32,
  q: usize,
  ldQ: i32,
  biasIh: usize,
  biasHh: usize,
  h0: usize,
  ldH0: i32,
  h: usize,
  ldH: i32,
  lengths: usize,
  t: i32,
): void {
  const toGate = 4 * hidden * ldGates;
  const toQ = 4 * hidden * ldQ;
  const toBias = 4 * hidden;
  const whole = 4 * (batch & ~3);
  const rest = batch & 3;
  let at: i32;
  for (let row = 0; row < hidden; row++) {
    const biasR = f32x4.add(splat(biasIh), splat(biasHh));
    const biasZ = f32x4.add(splat(biasIh + toBias), splat(biasHh + toBias));
    const biasN = splat(biasIh + 2 * toBias);
    const biasQ = splat(biasHh + 2 * toBias);
    for (at = 0; at < whole; at += 16) squash(4, at, gates, toGate, q, toQ, biasR, biasZ);
    if (rest > 0) squash(rest, at, gates, toGate, q, toQ, biasR, biasZ);
    for (at = 0; at < whole; at += 16) output(4, at, gates, toGate, q, toQ, biasN, biasQ, h0, h, lengths, t);
    if (rest > 0) output(rest, at, gates, toGate, q, toQ, biasN, biasQ, h0, h, lengths, t);
    gates += 4 * ldGates;
    q += 4 * ldQ;
    biasIh += 4;
    biasHh += 4;
    h0 += 4 * ldH0;
    h += 4 * ldH;
  }
}

/** r and z of four columns, or of the last `lanes` of them. */
@inline
function squash(
  lanes: i32,
  at: usize,
  gates: usize,
  toGate: usize,
  q: usize,
  toQ: usize,
  biasR: v128,
  biasZ: v128,
): void {
  const gate = gates + at;
  const recurrent = q + at;
  const r = f32x4.add(f32x4.add(loadLanes(gate, lanes), loadLanes(recurrent, lanes)), biasR);
  const z = f32x4.add(f32x4.add(loadLanes(gate + toGate, lanes), loadLanes(recurrent + toQ, lanes)), biasZ);
  storeLanes(gate, sigmoid(r), lanes);
  storeLanes(gate + toGate, sigmoid(z), lanes);
}

/** Candidate and output of four columns, or of the last `lanes` of them. */
@inline
function output(
  lanes: i32,
  at: usize,
  gates: usize,
  toGate: usize,
  q: usize,
  toQ: usize,
  biasN: v128,
  biasQ: v128,
  h0: usize,
  h: usize,
  lengths: usize,
  t: i32,
): void {
  const gate = gates + at;
  const recurrent = q + at + 2 * toQ;
  const r = loadLanes(gate, lanes);
  const z = loadLanes(gate + toGate, lanes);
  let candidate = f32x4.add(loadLanes(recurrent, lanes), biasQ);
  const input = f32x4.add(loadLanes(gate + 2 * toGate, lanes), biasN);
  let n = tanh(f32x4.add(input, f32x4.mul(r, candidate)));
  const before = loadLanes(h0 + at, lanes);
  let state = f32x4.add(n, f32x4.mul(z, f32x4.sub(before, n)));
  if (lengths != 0) {
    const inside = within(lengths, at, t, lanes);
    storeLanes(gate, v128.and(r, inside), lanes);
    storeLanes(gate + toGate, v128.and(z, inside), lanes);
    n = v128.and(n, inside);
    candidate = v128.and(candidate, inside);
    state = v128.bitselect(state, before, inside);
  }
  storeLanes(gate + 2 * toGate, n, lanes);
  storeLanes(recurrent, candidate, lanes);
  storeLanes(h + at, state, lanes);
}

/**
 * gates [3H, B] holds r, z, n and becomes the derivatives by the sums of W_ih x; q [3H, B], whose last H rows hold q, by
 * those of W_hh h. dh [H, B], to which dy is added, becomes its direct way to h0: times z, or itself past a length, where
 * the derivatives are 0.
 */
export function gruAfterBackward(
  hidden: i32,
  batch: i32,
  gates: usize,
  ldGates: i32,
  q: usize,
  ldQ: i32,
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
  const toQ = 4 * hidden * ldQ;
  const whole = 4 * (batch & ~3);
  const rest = batch & 3;
  let at: i32;
  for (let row = 0; row < hidden; row++) {
    for (at = 0; at < whole; at += 16) backward(4, at, gates, toGate, q, toQ, h0, dy, dh, lengths, t);
    if (rest > 0) backward(rest, at, gates, toGate, q, toQ, h0, dy, dh, lengths, t);
    gates += 4 * ldGates;
    q += 4 * ldQ;
    h0 += 4 * ldH0;
    dy += 4 * ldDy;
    dh += 4 * ldDh;
  }
}

/** Four columns, or the last `lanes` of them. */
@inline
function backward(
  lanes: i32,
  at: usize,
  gates: usize,
  toGate: usize,
  q: usize,
  toQ: usize,
  h0: usize,
  dy: usize,
  dh: usize,
  lengths: usize,
  t: i32,
): void {
  const gate = gates + at;
  const recurrent = q + at;
  const r = loadLanes(gate, lanes);
  const z = loadLanes(gate + toGate, lanes);
  const n = loadLanes(gate + 2 * toGate, lanes);
  const dhLater = loadLanes(dh + at, lanes);
  const dState = f32x4.add(dhLater, loadLanes(dy + at, lanes));
  let dz = f32x4.mul(f32x4.mul(dState, f32x4.sub(loadLanes(h0 + at, lanes), n)), slopeOfSigmoid(z));
  let dn = f32x4.mul(f32x4.mul(dState, f32x4.sub(f32x4.splat(1), z)), slopeOfTanh(n));
  let dr = f32x4.mul(f32x4.mul(dn, loadLanes(recurrent + 2 * toQ, lanes)), slopeOfSigmoid(r));
  let dhBefore = f32x4.mul(dState, z);
  if (lengths != 0) {
    const inside = within(lengths, at, t, lanes);
    dz = v128.and(dz, inside);
    dn = v128.and(dn, inside);
    dr = v128.and(dr, inside);
    dhBefore = v128.bitselect(dhBefore, dhLater, inside);
  }
  storeLanes(gate, dr, lanes);
  storeLanes(gate + toGate, dz, lanes);
  storeLanes(gate + 2 * toGate, dn, lanes);
  storeLanes(recurrent, dr, lanes);
  storeLanes(recurrent + toQ, dz, lanes);
  storeLanes(recurrent + 2 * toQ, f32x4.mul(dn, r), lanes);
  storeLanes(dh + at, dhBefore, lanes);
}
