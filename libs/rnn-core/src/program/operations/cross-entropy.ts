// Softmax cross-entropy summed over the targets, in nats; a negative target is not counted.

import { type Definition, expect } from '../definition.ts';
import { sameShape } from '../tensor.ts';

/**
 * logits [..., V], targets int32 [...], classWeights w [V] or absent (all 1) →
 * lossSum [1] = Σ (1 - ε) w[target] · -log p[target] + ε/V Σ_c w[c] · -log p[c] over the targets, p = softmax(logits), ε the
 * smoothing, and weight [1] = Σ w[target]: PyTorch's cross_entropy(weight, label_smoothing), sum and divisor.
 * The class weights are constants: they have no derivative.
 */
export const crossEntropy: Definition<'crossEntropy'> = {
  results({ logits, targets, classWeights }, { smoothing }) {
    expect(targets.type === 'int32', 'crossEntropy', 'targets are int32');
    expect(sameShape(logits.shape.slice(0, -1), targets.shape), 'crossEntropy', 'logits and targets differ in shape');
    const classes = logits.shape.at(-1);
    expect(
      classWeights === undefined || sameShape(classWeights.shape, [classes as number]),
      'crossEntropy',
      `classWeights is [${classWeights?.shape}], expected [${classes}]`,
    );
    expect(smoothing >= 0 && smoothing < 1, 'crossEntropy', `the smoothing lies in [0, 1), not ${smoothing}`);
    return { lossSum: { shape: [1], type: 'float32' }, weight: { shape: [1], type: 'float32' } };
  },
  derivative(trace, { inputs, options, cotangents: { lossSum: dLossSum } }) {
    if (dLossSum === undefined) return {};
    return { logits: trace.apply('crossEntropyGradient', { ...inputs, dLossSum }, options).dLogits };
  },
};

/**
 * dLogits = dLossSum · ((1 - ε) w[target] (p - onehot(target)) + ε/V (p Σ w - w)), zero where the target is negative:
 * dLossSum · (p - onehot(target)) without weights and smoothing
 */
export const crossEntropyGradient: Definition<'crossEntropyGradient'> = {
  results: ({ logits }) => ({ dLogits: { shape: logits.shape, type: 'float32' } }),
};
