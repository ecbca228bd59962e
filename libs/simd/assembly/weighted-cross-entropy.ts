// Softmax cross-entropy with class weights w [V] and label smoothing ε, over logits [V, N] whose logsumexp is there already
// (cross-entropy.ts). A target counts (1 - ε) w[target] times its own loss and ε/V times the weighted losses of all classes.

import { high, low } from './doubles';
import { loadLanes, storeLanes } from './lanes';
import { exp } from './math';

/** sums[0] = the loss, in double precision, row after row; sums[1] = Σ w[target]. Negative targets do not count. */
export function weightedCrossEntropy(
  logits: usize,
  ld: i32,
  v: i32,
  n: i32,
  targets: usize,
  lse: usize,
  weights: usize,
  smoothing: f64,
  sums: usize,
): void {
  let own: f64 = 0;
  let weight: f64 = 0;
  for (let column = 0; column < n; column++) {
    const target = load<i32>(targets + 4 * column);
    if (target < 0) continue;
    const counted = <f64>load<f32>(weights + 4 * target);
    own += counted * (<f64>load<f32>(lse + 4 * column) - <f64>load<f32>(logits + 4 * (target * ld + column)));
    weight += counted;
  }
  let spread: f64 = 0;
  if (smoothing > 0) {
    for (let row = 0; row < v; row++) {
      spread += <f64>load<f32>(weights + 4 * row) * rowLosses(logits + 4 * row * ld, n, targets, lse);
    }
  }
  store<f64>(sums, (1 - smoothing) * own + (smoothing / <f64>v) * spread);
  store<f64>(sums, weight, 8);
}

/** Σ lse - logit of one class, over the targets that count. */
function rowLosses(logits: usize, n: i32, targets: usize, lse: usize): f64 {
  let sum = f64x2.splat(0);
  for (let column = 0; column < n; column += 4) {
    const lanes = min(n - column, 4);
    const at = 4 * column;
    const loss = f32x4.sub(loadLanes(lse + at, lanes), loadLanes(logits + at, lanes));
    const kept = v128.and(loss, counts(targets + at, lanes));
    sum = f64x2.add(sum, f64x2.add(low(kept), high(kept)));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

@inline
function counts(targets: usize, lanes: i32): v128 {
  return i32x4.ge_s(loadLanes(targets, lanes), i32x4.splat(0));
}

/**
 * dLogits [V, N] = scale · ((1 - ε) w[target] (share - onehot(target)) + ε/V (share Σ w - w)), share = e^(logits - lse);
 * 0 where the target is negative. May be in place. factors: room for float [N].
 */
export function weightedCrossEntropyGradient(
  logits: usize,
  ld: i32,
  v: i32,
  n: i32,
  targets: usize,
  lse: usize,
  weights: usize,
  smoothing: f64,
  scale: f32,
  factors: usize,
  dLogits: usize,
  ldD: i32,
): void {
  let total: f64 = 0;
  for (let row = 0; row < v; row++) total += <f64>load<f32>(weights + 4 * row);
  const spread = smoothing / <f64>v;
  for (let column = 0; column < n; column++) {
    const target = load<i32>(targets + 4 * column);
    const own = target < 0 ? <f64>0 : (1 - smoothing) * <f64>load<f32>(weights + 4 * target);
    store<f32>(factors + 4 * column, <f32>(<f64>scale * (own + spread * total)));
  }
  for (let row = 0; row < v; row++) {
    const from = logits + 4 * row * ld;
    const to = dLogits + 4 * row * ldD;
    const less = f32x4.splat(<f32>(<f64>scale * spread * <f64>load<f32>(weights + 4 * row)));
    for (let column = 0; column < n; column += 4) {
      const lanes = min(n - column, 4);
      const at = 4 * column;
      const share = exp(f32x4.sub(loadLanes(from + at, lanes), loadLanes(lse + at, lanes)));
      const d = f32x4.sub(f32x4.mul(share, loadLanes(factors + at, lanes)), less);
      storeLanes(to + at, v128.and(d, counts(targets + at, lanes)), lanes);
    }
  }
  for (let column = 0; column < n; column++) {
    const target = load<i32>(targets + 4 * column);
    if (target < 0) continue;
    const at = dLogits + 4 * (target * ldD + column);
    const own = <f64>scale * (1 - smoothing) * <f64>load<f32>(weights + 4 * target);
    store<f32>(at, load<f32>(at) - <f32>own);
  }
}
