// Softmax cross-entropy and its gradient, which share logsumexp of the logits.

import type { Operation, TensorId } from '@rondo/rnn-core';
import type { Lowering } from './lowering.ts';

export function crossEntropy(lowering: Lowering, { inputs, outputs }: Operation<'crossEntropy'>): void {
  const logits = lowering.as('features', inputs.logits);
  const targets = lowering.integers(inputs.targets);
  const logTotals = lowering.take(4 * logits.rows);
  const sums = lowering.take(16); // float64: the loss and the number of targets
  const [lossSum, weight] = [lowering.result(outputs.lossSum, 'rows'), lowering.result(outputs.weight, 'rows')];
  const { at, ld, features: vocabulary, rows } = logits;
  lowering.emit('other', ({ kernels, float32, float64 }) => {
    kernels.crossEntropy(at, ld, vocabulary, rows, targets, logTotals, sums);
    float32[lossSum.at / 4] = float64[sums / 8];
    float32[weight.at / 4] = float64[sums / 8 + 1];
  });
  lowering.logTotals.set(inputs.logits, logTotals);
}

export function crossEntropyGradient(lowering: Lowering, { inputs, outputs }: Operation<'crossEntropyGradient'>): void {
  const logits = lowering.as('features', inputs.logits);
  const targets = lowering.integers(inputs.targets);
  const scale = lowering.matrix(inputs.dLossSum).at;
  const logTotals = logTotalsOf(lowering, inputs.logits);
  const dLogits = lowering.result(outputs.dLogits, 'features');
  const { at, ld, features: vocabulary, rows } = logits;
  lowering.emit('other', ({ kernels, float32 }) => {
    const factor = float32[scale / 4];
    kernels.crossEntropyGradient(at, ld, vocabulary, rows, targets, logTotals, factor, dLogits.at, dLogits.ld);
  });
}

function logTotalsOf(lowering: Lowering, logits: TensorId): number {
  const logTotals = lowering.logTotals.get(logits);
  if (logTotals === undefined)
    throw new Error(`${lowering.program.name}: crossEntropyGradient without its crossEntropy`);
  return logTotals;
}
