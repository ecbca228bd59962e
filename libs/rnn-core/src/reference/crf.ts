// The linear-chain conditional random field in plain loops: the forward and backward recursions over logarithms, in double
// precision whatever the arrays are. Letters: T time, B batch, K tags.

import { type Floats, floats, type Precision } from './arrays.ts';
import { logSumExp } from './losses.ts';

export interface CrfOperands {
  readonly emissions: Floats; // [T, B, K]
  readonly transitions: Floats; // [K, K]
  readonly start: Floats; // [K]
  readonly end: Floats; // [K]
  readonly targets: Int32Array; // [T, B]
  readonly lengths: Int32Array; // [B]
}

/** → Σ over the sequences of log Z - score(targets), and the number of tags */
export function crf(operands: CrfOperands): { lossSum: number; weight: number } {
  let lossSum = 0;
  let weight = 0;
  operands.lengths.forEach((length, b) => {
    if (length === 0) return;
    lossSum += logTotal(forward(operands, b), operands.end) - targetScore(operands, b);
    weight += length;
  });
  return { lossSum, weight };
}

/** The gradient of `scale` · lossSum: marginal probabilities of tags and of pairs of them, less the targets' own. */
export function crfGradient(operands: CrfOperands, scale: number, precision: Precision) {
  const { emissions, transitions, start, end, targets, lengths } = operands;
  const K = start.length;
  const B = lengths.length;
  const [dEmissions, dTransitions, dStart, dEnd] = [emissions, transitions, start, end].map(({ length }) =>
    floats(precision, length),
  ) as [Floats, Floats, Floats, Floats];
  const add = (to: Floats, i: number, value: number) => {
    to[i] = to[i] + scale * value;
  };
  lengths.forEach((length, b) => {
    const alphas = forward(operands, b);
    const betas = backward(operands, b);
    const total = length === 0 ? 0 : logTotal(alphas, end);
    for (let t = 0; t < length; t++) {
      const [target, before] = [targets[t * B + b], targets[(t - 1) * B + b]];
      const at = (t * B + b) * K;
      for (let j = 0; j < K; j++) {
        const marginal = Math.exp(alphas[t][j] + betas[t][j] - total) - (j === target ? 1 : 0);
        add(dEmissions, at + j, marginal);
        if (t === 0) add(dStart, j, marginal);
        if (t === length - 1) add(dEnd, j, marginal);
        for (let i = 0; t > 0 && i < K; i++) {
          const pair = alphas[t - 1][i] + transitions[i * K + j] + emissions[at + j] + betas[t][j];
          const used = i === before && j === target ? 1 : 0;
          add(dTransitions, i * K + j, Math.exp(pair - total) - used);
        }
      }
    }
  });
  return { dEmissions, dTransitions, dStart, dEnd };
}

/** Of sequence b, for every step and tag [K]: log of the sum over all paths up to the tag, its emission counted. */
function forward({ emissions, transitions, start, lengths }: CrfOperands, b: number): Float64Array[] {
  const K = start.length;
  const alphas: Float64Array[] = [];
  for (let t = 0; t < lengths[b]; t++) {
    const before = alphas.at(-1);
    const arrive = (j: number) =>
      before === undefined ? start[j] : logSumExp(before.map((alpha, i) => alpha + transitions[i * K + j]));
    alphas.push(Float64Array.from({ length: K }, (_, j) => arrive(j) + emissions[(t * lengths.length + b) * K + j]));
  }
  return alphas;
}

/** Likewise from the tag to the end, its emission not counted. */
function backward({ emissions, transitions, end, lengths }: CrfOperands, b: number): Float64Array[] {
  const K = end.length;
  const betas: Float64Array[] = [];
  for (let t = lengths[b] - 1; t >= 0; t--) {
    const after = betas[0];
    const next = ((t + 1) * lengths.length + b) * K;
    const leave = (i: number) =>
      after === undefined
        ? end[i]
        : logSumExp(after.map((beta, j) => transitions[i * K + j] + emissions[next + j] + beta));
    betas.unshift(Float64Array.from({ length: K }, (_, i) => leave(i)));
  }
  return betas;
}

/** log Z */
function logTotal(alphas: readonly Float64Array[], end: Floats): number {
  return logSumExp((alphas.at(-1) as Float64Array).map((alpha, j) => alpha + end[j]));
}

function targetScore({ emissions, transitions, start, end, targets, lengths }: CrfOperands, b: number): number {
  const K = start.length;
  const B = lengths.length;
  const tags = Array.from({ length: lengths[b] }, (_, t) => targets[t * B + b]);
  let score = start[tags[0]] + end[tags[tags.length - 1]];
  tags.forEach((tag, t) => {
    score += emissions[(t * B + b) * K + tag];
    if (t > 0) score += transitions[tags[t - 1] * K + tag];
  });
  return score;
}
