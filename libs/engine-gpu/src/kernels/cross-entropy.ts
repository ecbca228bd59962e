// Softmax cross-entropy. Letters: N rows, V vocabulary. A row's maximum and log-sum are computed once for loss and gradient.

import { type Emit, emitMatrix, type Handle, type Matrix } from '../emit.ts';
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

/** logits [N, V], logTotal [1, N], targets [1, N] → Σ (logTotal - logits[target]) over targets ≥ 0, and their number */
export function crossEntropy(
  emit: Emit,
  logits: Matrix,
  logTotal: Handle,
  targets: Handle,
): { lossSum: Matrix; weight: Matrix } {
  const N = logits.rows;
  const losses = emit(
    { logits: logits.handle, logTotal, targets },
    [N, 1],
    `
    const target = targets[0][this.thread.x];
    const loss = logTotal[0][this.thread.x] - logits[this.thread.x][Math.max(target, 0)];
    if (target < 0) return 0;
    return loss;
    `,
  );
  const counted = emit({ targets }, [N, 1], 'if (targets[0][this.thread.x] < 0) return 0; return 1;');
  return { lossSum: sumAll(emit, losses, N), weight: sumAll(emit, counted, N) };
}

/** dLogits [N, V] = dLossSum · (softmax(logits) - onehot(target)), zero where the target is negative */
export function crossEntropyGradient(
  emit: Emit,
  logits: Matrix,
  logTotal: Handle,
  targets: Handle,
  dLossSum: Handle,
): Matrix {
  const body = `
    const target = targets[0][this.thread.y];
    if (target < 0) return 0;
    let difference = Math.exp(logits[this.thread.y][this.thread.x] - logTotal[0][this.thread.y]);
    if (this.thread.x === target) difference -= 1;
    return dLossSum[0][0] * difference;
    `;
  return emitMatrix(emit, { logits: logits.handle, logTotal, targets, dLossSum }, logits.rows, logits.columns, body);
}
