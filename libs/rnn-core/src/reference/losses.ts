// Losses summed over their targets, and their gradients, in plain loops. Letters: N rows, V classes.

import type { Signatures } from '../program/operation.ts';
import { type Floats, floats, type Precision } from './arrays.ts';

interface Loss {
  readonly lossSum: number;
  readonly weight: number;
}

/** What spreads a target over the classes: their weights [V] (absent: all 1), and the share ε that goes to all alike. */
export interface Classes {
  readonly weights: Floats | undefined;
  readonly smoothing: number;
}

/**
 * logits [N, V], targets [N] → Σ (1 - ε) w[target] · loss(target) + ε/V Σ_c w[c] · loss(c) over targets ≥ 0, with
 * loss(c) = logsumexp(logits) - logits[c], and the sum of w[target]
 */
export function crossEntropy(logits: Floats, targets: Int32Array, { weights, smoothing }: Classes): Loss {
  const V = logits.length / targets.length;
  let lossSum = 0;
  let weight = 0;
  targets.forEach((target, n) => {
    if (target < 0) return;
    const row = logits.subarray(n * V, (n + 1) * V);
    const logTotal = logSumExp(row);
    const own = weights?.[target] ?? 1;
    lossSum += (1 - smoothing) * own * (logTotal - row[target]);
    if (smoothing > 0) {
      let spread = 0;
      for (let v = 0; v < V; v++) spread += (weights?.[v] ?? 1) * (logTotal - row[v]);
      lossSum += (smoothing / V) * spread;
    }
    weight += own;
  });
  return { lossSum, weight };
}

/** dLogits [N, V] = scale · ((1 - ε) w[target] (softmax(logits) - onehot(target)) + ε/V (softmax(logits) Σ w - w)) */
export function crossEntropyGradient(
  logits: Floats,
  targets: Int32Array,
  { weights, smoothing }: Classes,
  scale: number,
  precision: Precision,
): Floats {
  const V = logits.length / targets.length;
  let total = 0;
  for (let v = 0; v < V; v++) total += weights?.[v] ?? 1;
  const dLogits = floats(precision, logits.length);
  targets.forEach((target, n) => {
    if (target < 0) return;
    const row = logits.subarray(n * V, (n + 1) * V);
    const logTotal = logSumExp(row);
    const own = (1 - smoothing) * (weights?.[target] ?? 1);
    for (let v = 0; v < V; v++) {
      const share = Math.exp(row[v] - logTotal);
      const spread = (smoothing / V) * (share * total - (weights?.[v] ?? 1));
      dLogits[n * V + v] = scale * (own * (share - (v === target ? 1 : 0)) + spread);
    }
  });
  return dLogits;
}

type Regression = Signatures['regressionLoss']['options'];

function distance(d: number, { kind, delta }: Regression): number {
  const size = Math.abs(d);
  switch (kind) {
    case 'squared':
      return d * d;
    case 'absolute':
      return size;
    case 'huber':
      return size <= delta ? 0.5 * d * d : delta * (size - 0.5 * delta);
  }
}

/** d distance / d its argument. */
function slope(d: number, { kind, delta }: Regression): number {
  switch (kind) {
    case 'squared':
      return 2 * d;
    case 'absolute':
      return Math.sign(d);
    case 'huber':
      return Math.max(-delta, Math.min(delta, d));
  }
}

/** y, targets and weights of one size → Σ w · distance(y - target) and Σ w */
export function regressionLoss(y: Floats, targets: Floats, weights: Floats, options: Regression): Loss {
  let lossSum = 0;
  let weight = 0;
  for (let i = 0; i < y.length; i++) {
    lossSum += weights[i] * distance(y[i] - targets[i], options);
    weight += weights[i];
  }
  return { lossSum, weight };
}

/** dY = scale · w · slope(y - target), 0 where w is 0 */
export function regressionLossGradient(
  y: Floats,
  targets: Floats,
  weights: Floats,
  options: Regression,
  scale: number,
  precision: Precision,
): Floats {
  const dY = floats(precision, y.length);
  for (let i = 0; i < y.length; i++) {
    if (weights[i] !== 0) dY[i] = scale * weights[i] * slope(y[i] - targets[i], options);
  }
  return dY;
}

/** log Σ e^value, the largest value taken out */
export function logSumExp(values: Floats): number {
  let largest = -Infinity;
  for (const value of values) largest = Math.max(largest, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}
