// The linear-chain conditional random field: what lies between the matrix products of its forward and backward recursions.
// Letters: T time, B batch, K tags. Matrices are [K, B] of one step, the step before is B columns earlier; sums, logs, alphas
// and marginals have one leading dimension.
//
// alphas = e^logs are the forward scores of a step over the largest of its sequence, so 1 is among them; what was taken out
// adds up in offsets. With odds = e^(transitions - shift), shift the largest score towards each tag, the sum over the tags
// before is a matrix product: sums = oddsᵀ alphas-before, in [0, K]. Where it is too small for its terms to have kept their
// digits, it is rare and computed anew from logarithms, the largest taken out.

import { laneOf, loadLanes, splat, storeLanes, within } from './lanes';
import { exp, log } from './math';

/** 2^-100: a term that underflowed is less than 2^-149, lost digits of float32 apart. */
const rarest: f32 = 7.888609e-31;

/** shift [K] and odds [K, K] of transitions [K, K]. */
export function crfOdds(k: i32, transitions: usize, shift: usize, odds: usize): void {
  for (let j = 0; j < k; j += 4) {
    const lanes = min(k - j, 4);
    let largest = f32x4.splat(-Infinity);
    for (let i = 0; i < k; i++) largest = f32x4.pmax(largest, loadLanes(transitions + 4 * (i * k + j), lanes));
    storeLanes(shift + 4 * j, largest, lanes);
    for (let i = 0; i < k; i++) {
      const at = 4 * (i * k + j);
      storeLanes(odds + at, exp(f32x4.sub(loadLanes(transitions + at, lanes), largest)), lanes);
    }
  }
}

/**
 * Step t forward, from sums, which step 0 does not read: logs and alphas; offsets float64 [B]. bias [K] is the start's scores
 * in step 0, else shift. rare int32 [T]: whether a sum of the step was. Past a length logs and alphas stay as they were.
 */
export function crfForward(
  k: i32,
  batch: i32,
  emissions: usize,
  ldEmissions: i32,
  bias: usize,
  transitions: usize,
  sums: usize,
  logs: usize,
  alphas: usize,
  ld: i32,
  offsets: usize,
  rare: usize,
  lengths: usize,
  t: i32,
): void {
  let anyRare = false;
  for (let b = 0; b < batch; b += 4) {
    const lanes = min(batch - b, 4);
    const at = 4 * b;
    const inside = within(lengths, at, t, lanes);
    let largest = f32x4.splat(-Infinity);
    for (let j = 0; j < k; j++) {
      const emission = loadLanes(emissions + 4 * j * ldEmissions + at, lanes);
      let score = f32x4.add(emission, splat(bias + 4 * j));
      if (t > 0) {
        const sum = loadLanes(sums + 4 * j * ld + at, lanes);
        score = f32x4.add(score, log(sum));
        const tooSmall = isRare(sum, inside);
        if (v128.any_true(tooSmall)) {
          anyRare = true;
          const exact = f32x4.add(emission, arrival(k, transitions + 4 * j, k, logs + at - 4 * batch, ld, lanes));
          score = v128.bitselect(exact, score, tooSmall);
        }
      }
      storeLanes(logs + 4 * j * ld + at, score, lanes);
      largest = f32x4.pmax(largest, score);
    }
    for (let j = 0; j < k; j++) {
      const here = 4 * j * ld + at;
      const fresh = f32x4.sub(loadLanes(logs + here, lanes), largest);
      const score = v128.bitselect(fresh, beforeOf(logs + here, batch, lanes, t), inside);
      storeLanes(logs + here, score, lanes);
      storeLanes(alphas + here, exp(score), lanes);
    }
    addOffsets(offsets + 2 * at, largest, lengths + at, lanes, t);
  }
  store<i32>(rare + 4 * t, anyRare ? 1 : 0);
}

@inline
export function isRare(sum: v128, inside: v128): v128 {
  return v128.and(f32x4.lt(sum, f32x4.splat(rarest)), inside);
}

/** The same place a step before, 0 before the first. */
@inline
function beforeOf(at: usize, batch: i32, lanes: i32, t: i32): v128 {
  return t == 0 ? f32x4.splat(0) : loadLanes(at - 4 * batch, lanes);
}

/** log Σ_i e^(logs[i] + scores[i]) of up to four columns; `scores` lie `stride` apart. */
export function arrival(k: i32, scores: usize, stride: i32, logs: usize, ld: i32, lanes: i32): v128 {
  let largest = f32x4.splat(-Infinity);
  for (let i = 0; i < k; i++) {
    largest = f32x4.pmax(largest, f32x4.add(loadLanes(logs + 4 * i * ld, lanes), splat(scores + 4 * i * stride)));
  }
  let sum = f32x4.splat(0);
  for (let i = 0; i < k; i++) {
    const score = f32x4.add(loadLanes(logs + 4 * i * ld, lanes), splat(scores + 4 * i * stride));
    sum = f32x4.add(sum, exp(f32x4.sub(score, largest)));
  }
  return f32x4.add(largest, log(sum));
}

function addOffsets(offsets: usize, largest: v128, lengths: usize, lanes: i32, t: i32): void {
  for (let lane = 0; lane < lanes; lane++) {
    const at = offsets + 8 * lane;
    if (t == 0) store<f64>(at, 0);
    if (t < load<i32>(lengths + 4 * lane)) store<f64>(at, load<f64>(at) + <f64>laneOf(largest, lane));
  }
}

/**
 * logTotals [B] = log Σ_j e^(logs + end) of the last step's logs; sums[0] = Σ_b log Z - the targets' score, in double
 * precision, sums[1] = Σ_b lengths. emissions [K, T·B], targets int32 [T, B].
 */
export function crfLoss(
  k: i32,
  batch: i32,
  emissions: usize,
  ldEmissions: i32,
  transitions: usize,
  start: usize,
  end: usize,
  targets: usize,
  logs: usize,
  ld: i32,
  offsets: usize,
  lengths: usize,
  logTotals: usize,
  sums: usize,
): void {
  for (let b = 0; b < batch; b += 4) {
    const lanes = min(batch - b, 4);
    storeLanes(logTotals + 4 * b, arrival(k, end, 1, logs + 4 * b, ld, lanes), lanes);
  }
  let loss: f64 = 0;
  let tags: f64 = 0;
  for (let b = 0; b < batch; b++) {
    const length = load<i32>(lengths + 4 * b);
    if (length == 0) continue;
    let score: f64 = 0;
    let before = 0;
    for (let t = 0; t < length; t++) {
      const column = t * batch + b;
      const tag = load<i32>(targets + 4 * column);
      score += <f64>load<f32>(emissions + 4 * (tag * ldEmissions + column));
      score += <f64>load<f32>(t == 0 ? start + 4 * tag : transitions + 4 * (before * k + tag));
      before = tag;
    }
    score += <f64>load<f32>(end + 4 * before);
    loss += load<f64>(offsets + 8 * b) + <f64>load<f32>(logTotals + 4 * b) - score;
    tags += <f64>length;
  }
  store<f64>(sums, loss);
  store<f64>(sums, tags, 8);
}
