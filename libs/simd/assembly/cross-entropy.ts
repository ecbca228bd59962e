// Softmax cross-entropy over the rows of logits [V, N], one column a prediction. Blocks of 16 columns are one cache line of
// every row. Targets are int32 [N]; a negative one does not count.

import { loadLanes, storeLanes } from './lanes';
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
  let loss: f64 = 0;
  let count: f64 = 0;
  for (let block = 0; block < n; block += 16) {
    const end = min(block + 16, n);
    for (let column = block; column < end; column += 4) {
      const lanes = min(end - column, 4);
      const at = logits + 4 * column;
      const largest = columnMaxima(at, ld, v, lanes);
      const logOfSum = log(sumOfExponentials(at, ld, v, lanes, largest));
      storeLanes(lse + 4 * column, f32x4.add(largest, logOfSum), lanes);
      for (let lane = 0; lane < lanes; lane++) {
        const target = load<i32>(targets + 4 * (column + lane));
        if (target < 0) continue;
        const logit = load<f32>(at + 4 * (target * ld + lane));
        loss += (<f64>laneOf(largest, lane) - <f64>logit) + <f64>laneOf(logOfSum, lane);
        count += 1;
      }
    }
  }
  store<f64>(sums, loss);
  store<f64>(sums, count, 8);
}

function columnMaxima(at: usize, ld: i32, v: i32, lanes: i32): v128 {
  let largest = f32x4.splat(-Infinity);
  for (let row = 0; row < v; row++) {
    largest = f32x4.pmax(largest, loadLanes(at, lanes));
    at += 4 * ld;
  }
  return largest;
}

function sumOfExponentials(at: usize, ld: i32, v: i32, lanes: i32, shift: v128): v128 {
  let total = f32x4.splat(0);
  for (let from = 0; from < v; from += chunk) {
    let part = f32x4.splat(0);
    for (let row = from, end = min(from + chunk, v); row < end; row++) {
      part = f32x4.add(part, exp(f32x4.sub(loadLanes(at, lanes), shift)));
      at += 4 * ld;
    }
    total = f32x4.add(total, part);
  }
  return total;
}

function laneOf(value: v128, lane: i32): f32 {
  if (lane == 0) return f32x4.extract_lane(value, 0);
  if (lane == 1) return f32x4.extract_lane(value, 1);
  return lane == 2 ? f32x4.extract_lane(value, 2) : f32x4.extract_lane(value, 3);
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
  for (let block = 0; block < n; block += 16) {
    const end = min(block + 16, n);
    for (let row = 0; row < v; row++) {
      for (let column = block; column < end; column += 4) {
        const lanes = min(end - column, 4);
        const counts = i32x4.ge_s(loadLanes(targets + 4 * column, lanes), i32x4.splat(0));
        const logit = loadLanes(logits + 4 * (row * ld + column), lanes);
        const share = exp(f32x4.sub(logit, loadLanes(lse + 4 * column, lanes)));
        storeLanes(dLogits + 4 * (row * ldD + column), v128.and(f32x4.mul(share, scales), counts), lanes);
      }
    }
    for (let column = block; column < end; column++) {
      const target = load<i32>(targets + 4 * column);
      if (target < 0) continue;
      const at = dLogits + 4 * (target * ldD + column);
      store<f32>(at, load<f32>(at) - scale);
    }
  }
}
