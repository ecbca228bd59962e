// Softmax cross-entropy over the rows of logits [V, N], one column a prediction. Targets are int32 [N]; a negative one does
// not count.

import { laneOf, loadLanes, storeLanes } from './lanes';
import { exp, log } from './math';

/** Rows whose exponentials are added up before they are added to the total: keeps the error small with many rows. */
const chunk: i32 = 64;

/**
 * lse [N] = logsumexp of each column; sums[0] = Σ (lse - logits[target]) over the targets that count, added in order of n
 * in double precision, sums[1] = their number.
 */
export function crossEntropy(
  logits: usize,
  ld: i32,
  v: i32,
  n: i32,
  targets: usize,
  lse: usize,
  sums: usize,
): void {
  loss = 0;
  count = 0;
  let column = 0;
  for (; column <= n - 16; column += 16) {
    ofLine(logits + 4 * column, ld, v, targets + 4 * column, lse + 4 * column);
  }
  for (; column <= n - 4; column += 4) ofColumns(4, logits + 4 * column, ld, v, targets + 4 * column, lse + 4 * column);
  if (n & 3) ofColumns(n & 3, logits + 4 * column, ld, v, targets + 4 * column, lse + 4 * column);
  store<f64>(sums, loss);
  store<f64>(sums, count, 8);
}

let loss: f64 = 0;
let count: f64 = 0;

/** 16 columns, a cache line of every row: the largest logit of each, then the sum of exponentials below it. */
function ofLine(logits: usize, ld: i32, v: i32, targets: usize, lse: usize): void {
  let largest0 = f32x4.splat(-Infinity);
  let largest1 = largest0;
  let largest2 = largest0;
  let largest3 = largest0;
  let at = logits;
  for (let row = 0; row < v; row++, at += 4 * ld) {
    largest0 = f32x4.pmax(largest0, v128.load(at));
    largest1 = f32x4.pmax(largest1, v128.load(at, 16));
    largest2 = f32x4.pmax(largest2, v128.load(at, 32));
    largest3 = f32x4.pmax(largest3, v128.load(at, 48));
  }
  let total0 = f32x4.splat(0);
  let total1 = total0;
  let total2 = total0;
  let total3 = total0;
  at = logits;
  for (let from = 0; from < v; from += chunk) {
    let part0 = f32x4.splat(0);
    let part1 = part0;
    let part2 = part0;
    let part3 = part0;
    for (let row = from, end = min(from + chunk, v); row < end; row++, at += 4 * ld) {
      part0 = f32x4.add(part0, exp(f32x4.sub(v128.load(at), largest0)));
      part1 = f32x4.add(part1, exp(f32x4.sub(v128.load(at, 16), largest1)));
      part2 = f32x4.add(part2, exp(f32x4.sub(v128.load(at, 32), largest2)));
      part3 = f32x4.add(part3, exp(f32x4.sub(v128.load(at, 48), largest3)));
    }
    total0 = f32x4.add(total0, part0);
    total1 = f32x4.add(total1, part1);
    total2 = f32x4.add(total2, part2);
    total3 = f32x4.add(total3, part3);
  }
  finish(4, logits, ld, targets, lse, largest0, total0);
  finish(4, logits + 16, ld, targets + 16, lse + 16, largest1, total1);
  finish(4, logits + 32, ld, targets + 32, lse + 32, largest2, total2);
  finish(4, logits + 48, ld, targets + 48, lse + 48, largest3, total3);
}

/** The same of four columns, or of the last `lanes` of them, in the same order of additions. */
@inline
function ofColumns(lanes: i32, logits: usize, ld: i32, v: i32, targets: usize, lse: usize): void {
  let largest = f32x4.splat(-Infinity);
  let at = logits;
  for (let row = 0; row < v; row++, at += 4 * ld) largest = f32x4.pmax(largest, loadLanes(at, lanes));
  let total = f32x4.splat(0);
  at = logits;
  for (let from = 0; from < v; from += chunk) {
    let part = f32x4.splat(0);
    for (let row = from, end = min(from + chunk, v); row < end; row++, at += 4 * ld) {
      part = f32x4.add(part, exp(f32x4.sub(loadLanes(at, lanes), largest)));
    }
    total = f32x4.add(total, part);
  }
  finish(lanes, logits, ld, targets, lse, largest, total);
}

function finish(lanes: i32, logits: usize, ld: i32, targets: usize, lse: usize, largest: v128, total: v128): void {
  const logOfSum = log(total);
  storeLanes(lse, f32x4.add(largest, logOfSum), lanes);
  for (let lane = 0; lane < lanes; lane++) {
    const target = load<i32>(targets + 4 * lane);
    if (target < 0) continue;
    const logit = load<f32>(logits + 4 * (target * ld + lane));
    loss += (<f64>laneOf(largest, lane) - <f64>logit) + <f64>laneOf(logOfSum, lane);
    count += 1;
  }
}

/** dLogits [V, N] = scale · (e^(logits - lse) - onehot(target)), 0 where the target is negative. May be in place. */
export function crossEntropyGradient(
  logits: usize,
  ld: i32,
  v: i32,
  n: i32,
  targets: usize,
  lse: usize,
  scale: f32,
  dLogits: usize,
  ldD: i32,
): void {
  const scales = f32x4.splat(scale);
  const end = 4 * (n & ~3);
  for (let row = 0; row < v; row++) {
    const from = logits + 4 * row * ld;
    const to = dLogits + 4 * row * ldD;
    let at: i32 = 0;
    for (; at < end; at += 16) shares(4, from + at, targets + at, lse + at, scales, to + at);
    if (n & 3) shares(n & 3, from + at, targets + at, lse + at, scales, to + at);
  }
  for (let column = 0; column < n; column++) {
    const target = load<i32>(targets + 4 * column);
    if (target < 0) continue;
    const at = dLogits + 4 * (target * ldD + column);
    store<f32>(at, load<f32>(at) - scale);
  }
}

@inline
function shares(lanes: i32, logits: usize, targets: usize, lse: usize, scales: v128, dLogits: usize): void {
  const counts = i32x4.ge_s(loadLanes(targets, lanes), i32x4.splat(0));
  const share = exp(f32x4.sub(loadLanes(logits, lanes), loadLanes(lse, lanes)));
  storeLanes(dLogits, v128.and(f32x4.mul(share, scales), counts), lanes);
}
