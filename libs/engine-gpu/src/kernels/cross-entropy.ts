// Softmax cross-entropy, also with class weights w and smoothing ε. Letters: N rows, V vocabulary. A row's maximum and log-sum are computed once for loss and gradient.

import { type Emit, emitMatrix, type Handle, here, type Matrix } from '../emit.ts';
import { sumAll } from './sums.ts';

/** logits [N, V] → logTotal [1, N] = logsumexp of every row */
export function logSumExp(emit: Emit, logits: Matrix): Handle {
  const largest = emit(
    { logits: logits.handle },
    [logits.rows, 1],
    `
    let largest = logits[this.thread.x][0];
    for (let v = 1; v < ${logits.columns}; v++) largest = Math.max(largest, logits[this.thread.x][v]);
    return largest;
    `,
  );
  return emit(
    { logits: logits.handle, largest },
    [logits.rows, 1],
    `
    let sum = 0;
    for (let v = 0; v < ${logits.columns}; v++) sum += Math.exp(logits[this.thread.x][v] - largest[0][this.thread.x]);
    return largest[0][this.thread.x] + Math.log(sum);
    `,
  );
}

export interface CrossEntropyOperands {
  readonly logits: Matrix; // [N, V]
  readonly logTotal: Handle; // [1, N]
  readonly targets: Handle; // [1, N]
  /** [1, V]; undefined: all 1. */
  readonly classWeights: Handle | undefined;
  readonly smoothing: number;
}

/** Named for a kernel, and the text of an element's weight. */
function weighting(classWeights: Handle | undefined) {
  return {
    named: classWeights === undefined ? {} : { classWeights },
    weightOf: (v: string) => (classWeights === undefined ? '1' : `classWeights[0][${v}]`),
  };
}

/**
 * → Σ (1 - ε) w[target] (logTotal - logits[target]) + ε/V Σ_v w[v] (logTotal - logits[v]) over targets ≥ 0, and Σ w[target]
 */
export function crossEntropy(
  emit: Emit,
  { logits, logTotal, targets, classWeights, smoothing }: CrossEntropyOperands,
): { lossSum: Matrix; weight: Matrix } {
  const [N, V] = [logits.rows, logits.columns];
  const { named, weightOf } = weighting(classWeights);
  const own = (loss: string) => (classWeights === undefined ? loss : `${weightOf('Math.max(target, 0)')} * (${loss})`);
  const spread = `
    let spread = 0;
    for (let v = 0; v < ${V}; v++) {
      spread += ${weightOf('v')} * (logTotal[0][this.thread.x] - logits[this.thread.x][v]);
    }
    const loss = ${1 - smoothing} * targetLoss + ${smoothing / V} * spread;
    `;
  const losses = emit(
    { logits: logits.handle, logTotal, targets, ...named },
    [N, 1],
    `
    const target = targets[0][this.thread.x];
    const targetLoss = ${own('logTotal[0][this.thread.x] - logits[this.thread.x][Math.max(target, 0)]')};
    ${smoothing === 0 ? 'const loss = targetLoss;' : spread}
    if (target < 0) return 0;
    return loss;
    `,
  );
  const counted = emit(
    { targets, ...named },
    [N, 1],
    `
    const target = targets[0][this.thread.x];
    if (target < 0) return 0;
    return ${weightOf('Math.max(target, 0)')};
    `,
  );
  return { lossSum: sumAll(emit, losses, N), weight: sumAll(emit, counted, N) };
}

/**
 * dLogits [N, V] = dLossSum · ((1 - ε) w[target] (share - onehot(target)) + ε/V (share Σ w - w)), share = softmax(logits), zero
 * where the target is negative
 */
export function crossEntropyGradient(
  emit: Emit,
  { logits, logTotal, targets, classWeights, smoothing }: CrossEntropyOperands,
  dLossSum: Handle,
): Matrix {
  const V = logits.columns;
  const { named, weightOf } = weighting(classWeights);
  const total = classWeights !== undefined && smoothing > 0 ? { total: sumAll(emit, classWeights, V).handle } : {};
  const allWeights = classWeights === undefined ? `${V}` : 'total[0][0]';
  const spread = `${smoothing / V} * (share * ${allWeights} - ${weightOf('this.thread.x')})`;
  const body = `
    const target = targets[0][this.thread.y];
    if (target < 0) return 0;
    const share = Math.exp(logits${here} - logTotal[0][this.thread.y]);
    let difference = share;
    if (this.thread.x === target) difference -= 1;
    ${classWeights === undefined ? '' : `difference *= ${weightOf('target')};`}
    ${smoothing === 0 ? '' : `difference = ${1 - smoothing} * difference + ${spread};`}
    return dLossSum[0][0] * difference;
    `;
  const operands = { logits: logits.handle, logTotal, targets, dLossSum, ...named, ...total };
  return emitMatrix(emit, operands, logits.rows, V, body);
}
