// Softmax cross-entropy summed over the targets, in nats; a negative target is not counted.

import { type Definition, expect } from '../definition.ts';
import { sameShape } from '../tensor.ts';

/** logits [..., V], targets int32 [...] → lossSum [1] = Σ (logsumexp(logits) - logits[target]), weight [1] = number of targets */
export const crossEntropy: Definition<'crossEntropy'> = {
  results({ logits, targets }) {
    expect(targets.type === 'int32', 'crossEntropy', 'targets are int32');
    expect(sameShape(logits.shape.slice(0, -1), targets.shape), 'crossEntropy', 'logits and targets differ in shape');
    return { lossSum: { shape: [1], type: 'float32' }, weight: { shape: [1], type: 'float32' } };
  },
  derivative(trace, { inputs: { logits, targets }, cotangents: { lossSum: dLossSum } }) {
    if (dLossSum === undefined) return {};
    return { logits: trace.apply('crossEntropyGradient', { logits, targets, dLossSum }, {}).dLogits };
  },
};

/** dLogits = dLossSum · (softmax(logits) - onehot(target)), zero where the target is negative */
export const crossEntropyGradient: Definition<'crossEntropyGradient'> = {
  results: ({ logits }) => ({ dLogits: { shape: logits.shape, type: 'float32' } }),
};
