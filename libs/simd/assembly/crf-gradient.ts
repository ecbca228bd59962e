// The gradient of the conditional random field's loss: marginals step by step backward (crf.ts has the letters and what sums,
// logs, alphas, odds and rare sums are). Pairs of neighbouring tags are one matrix product over all steps, so no step has
// K² values of its own.

import { arrival, isRare } from './crf';
import { laneOf, loadLanes, splat, storeLanes, within } from './lanes';
import { exp } from './math';

/** dTransitions [K, K] = minus how often the targets use each. */
export function crfCounts(k: i32, batch: i32, targets: usize, lengths: usize, dTransitions: usize): void {
  memory.fill(dTransitions, 0, 4 * k * k);
  for (let b = 0; b < batch; b++) {
    const length = load<i32>(lengths + 4 * b);
    for (let t = 1; t < length; t++) {
      const tag = load<i32>(targets + 4 * (t * batch + b));
      const before = load<i32>(targets + 4 * ((t - 1) * batch + b));
      const at = dTransitions + 4 * (before * k + tag);
      store<f32>(at, load<f32>(at) - 1);
    }
  }
}

/**
 * Step t backward: the marginals of its tags. In the last step, `last`, they are those of the end; before it they hold the
 * product odds · shares of the step behind. logs become the shares marginals / sums for the step before and for the product
 * alphas · sharesᵀ, with rare sums left out: those go into dTransitions here. Past a length marginals are the end's, shares 0.
 */
export function crfBackward(
  k: i32,
  batch: i32,
  end: usize,
  transitions: usize,
  logTotals: usize,
  sums: usize,
  logs: usize,
  alphas: usize,
  marginals: usize,
  ld: i32,
  dTransitions: usize,
  rare: usize,
  lengths: usize,
  t: i32,
  last: i32,
): void {
  for (let b = 0; b < batch; b += 4) {
    const lanes = min(batch - b, 4);
    const at = 4 * b;
    if (t == last) {
      const logTotal = loadLanes(logTotals + at, lanes);
      for (let j = 0; j < k; j++) {
        const here = 4 * j * ld + at;
        const score = f32x4.add(loadLanes(logs + here, lanes), splat(end + 4 * j));
        storeLanes(marginals + here, exp(f32x4.sub(score, logTotal)), lanes);
      }
    } else {
      const inside = within(lengths, at, t + 1, lanes);
      for (let j = 0; j < k; j++) {
        const here = 4 * j * ld + at;
        const marginal = f32x4.mul(loadLanes(alphas + here, lanes), loadLanes(marginals + here, lanes));
        const behind = loadLanes(marginals + here + 4 * batch, lanes);
        storeLanes(marginals + here, v128.bitselect(marginal, behind, inside), lanes);
      }
      if (load<i32>(rare + 4 * (t + 1))) {
        addRare(k, batch, transitions, sums + at, logs + at, marginals + at, ld, dTransitions, inside, lanes);
      }
    }
    if (t > 0) {
      const inside = within(lengths, at, t, lanes);
      for (let j = 0; j < k; j++) {
        const here = 4 * j * ld + at;
        const sum = loadLanes(sums + here, lanes);
        const share = f32x4.div(loadLanes(marginals + here, lanes), sum);
        storeLanes(logs + here, v128.and(v128.andnot(share, isRare(sum, inside)), inside), lanes);
      }
    }
  }
}

/** What the rare sums of the step behind say of this step's marginals and of the transitions; pointers are this step's. */
function addRare(
  k: i32,
  batch: i32,
  transitions: usize,
  sums: usize,
  logs: usize,
  marginals: usize,
  ld: i32,
  dTransitions: usize,
  inside: v128,
  lanes: i32,
): void {
  for (let j = 0; j < k; j++) {
    const behind = 4 * j * ld + 4 * batch;
    const tooSmall = isRare(loadLanes(sums + behind, lanes), inside);
    if (!v128.any_true(tooSmall)) continue;
    const logTotal = arrival(k, transitions + 4 * j, k, logs, ld, lanes);
    const marginal = loadLanes(marginals + behind, lanes);
    for (let i = 0; i < k; i++) {
      const here = 4 * i * ld;
      const score = f32x4.add(loadLanes(logs + here, lanes), splat(transitions + 4 * (i * k + j)));
      const share = v128.and(f32x4.mul(marginal, exp(f32x4.sub(score, logTotal))), tooSmall);
      storeLanes(marginals + here, f32x4.add(loadLanes(marginals + here, lanes), share), lanes);
      const to = dTransitions + 4 * (i * k + j);
      let sum = load<f32>(to);
      for (let lane = 0; lane < lanes; lane++) sum += laneOf(share, lane);
      store<f32>(to, sum);
    }
  }
}

/**
 * The gradient of scale · loss: marginals [K, T·B] less the targets, 0 past a length; dTransitions, which hold the rare pairs
 * less the targets', with pairs [K, K] = alphas · sharesᵀ of neighbouring steps (0: there are none); dStart and dEnd [K].
 */
export function crfGradient(
  k: i32,
  time: i32,
  batch: i32,
  targets: usize,
  lengths: usize,
  scale: f32,
  odds: usize,
  pairs: usize,
  marginals: usize,
  ld: i32,
  dTransitions: usize,
  dStart: usize,
  dEnd: usize,
): void {
  for (let b = 0; b < batch; b++) {
    const length = load<i32>(lengths + 4 * b);
    for (let t = 0; t < length; t++) {
      const column = t * batch + b;
      const at = marginals + 4 * (load<i32>(targets + 4 * column) * ld + column);
      store<f32>(at, load<f32>(at) - 1);
    }
  }
  const scales = f32x4.splat(scale);
  for (let j = 0; j < k; j++) {
    const row = marginals + 4 * j * ld;
    for (let t = 0; t < time; t++) {
      for (let b = 0; b < batch; b += 4) {
        const lanes = min(batch - b, 4);
        const at = row + 4 * (t * batch + b);
        const scaled = f32x4.mul(loadLanes(at, lanes), scales);
        storeLanes(at, v128.and(scaled, within(lengths, 4 * b, t, lanes)), lanes);
      }
    }
    let first: f64 = 0;
    let last: f64 = 0;
    for (let b = 0; b < batch; b++) {
      const length = load<i32>(lengths + 4 * b);
      if (length == 0) continue;
      first += <f64>load<f32>(row + 4 * b);
      last += <f64>load<f32>(row + 4 * ((length - 1) * batch + b));
    }
    store<f32>(dStart + 4 * j, <f32>first);
    store<f32>(dEnd + 4 * j, <f32>last);
  }
  for (let i = 0; i < k * k; i += 4) {
    const lanes = min(k * k - i, 4);
    let expected = loadLanes(dTransitions + 4 * i, lanes);
    if (pairs != 0) {
      const common = f32x4.mul(loadLanes(odds + 4 * i, lanes), loadLanes(pairs + 4 * i, lanes));
      expected = f32x4.add(expected, common);
    }
    storeLanes(dTransitions + 4 * i, f32x4.mul(expected, scales), lanes);
  }
}
