// Softmax cross-entropy and its gradient, which share logsumexp of the logits.

import type { Operation, TensorId } from '@rondo/rnn-core';
import type { Matrix } from '../matrix.ts';
import { emitLoss } from './loss.ts';
import type { Lowering } from './lowering.ts';

export function crossEntropy(lowering: Lowering, { inputs, outputs, options }: Operation<'crossEntropy'>): void {
  const logits = lowering.as('features', inputs.logits);
  const targets = lowering.integers(inputs.targets);
  const logTotals = lowering.take(4 * logits.rows);
  const { at, ld, features: vocabulary, rows } = logits;
  const weights = classWeights(lowering, inputs.classWeights, options.smoothing, logits);
  emitLoss(lowering, outputs, (kernels, sums) => {
    kernels.crossEntropy(at, ld, vocabulary, rows, targets, logTotals, sums);
    if (weights === undefined) return;
    kernels.weightedCrossEntropy(at, ld, vocabulary, rows, targets, logTotals, weights, options.smoothing, sums);
  });
  lowering.logTotals.set(inputs.logits, logTotals);
}

export function crossEntropyGradient(
  lowering: Lowering,
  { inputs, outputs, options }: Operation<'crossEntropyGradient'>,
): void {
  const logits = lowering.as('features', inputs.logits);
  const targets = lowering.integers(inputs.targets);
  const scale = lowering.matrix(inputs.dLossSum).at;
  const logTotals = logTotalsOf(lowering, inputs.logits);
  const dLogits = lowering.result(outputs.dLogits, 'features');
  const { at, ld, features: vocabulary, rows } = logits;
  const operands = [at, ld, vocabulary, rows, targets, logTotals] as const;
  const weights = classWeights(lowering, inputs.classWeights, options.smoothing, logits);
  if (weights === undefined) {
    lowering.emit('other', ({ kernels, float32 }) =>
      kernels.crossEntropyGradient(...operands, float32[scale / 4], dLogits.at, dLogits.ld),
    );
    return;
  }
  const factors = lowering.take(4 * rows);
  lowering.emit('other', ({ kernels, float32 }) => {
    const classes = [weights, options.smoothing, float32[scale / 4], factors] as const;
    kernels.weightedCrossEntropyGradient(...operands, ...classes, dLogits.at, dLogits.ld);
  });
}

/** Byte offset of the weights, all 1 where smoothing alone asks for them; undefined: plain cross-entropy needs none. */
function classWeights(
  lowering: Lowering,
  given: TensorId | undefined,
  smoothing: number,
  { features }: Matrix,
): number | undefined {
  if (given !== undefined) return lowering.as('rows', given).at;
  if (smoothing === 0) return undefined;
  const ones = lowering.allocate('rows', 1, features);
  lowering.fill(ones, 1);
  return ones.at;
}

function logTotalsOf(lowering: Lowering, logits: TensorId): number {
  const logTotals = lowering.logTotals.get(logits);
  if (logTotals === undefined)
    throw new Error(`${lowering.program.name}: crossEntropyGradient without its crossEntropy`);
  return logTotals;
}
