// Losses of numbers: the squared, the absolute and Huber's (1964) distance to the targets, weighted and summed.

import { type Definition, expect } from '../definition.ts';
import { describe, sameShape } from '../tensor.ts';

/**
 * y, targets and weights [..., F] → lossSum [1] = Σ w · loss(y - target), weight [1] = Σ w.
 * loss(d) is d² (`squared`), |d| (`absolute`), or d²/2 up to |d| = δ and δ (|d| - δ/2) beyond (`huber`).
 * A place of weight 0 does not count, whatever finite number its target is. Targets and weights have no derivative.
 */
export const regressionLoss: Definition<'regressionLoss'> = {
  results({ y, targets, weights }, { kind, delta }) {
    for (const other of [targets, weights]) {
      expect(
        other.type === 'float32' && sameShape(y.shape, other.shape),
        'regressionLoss',
        `y, targets and weights are alike, not ${describe(y)} and ${describe(other)}`,
      );
    }
    expect(kind !== 'huber' || delta > 0, 'regressionLoss', `delta is above 0, not ${delta}`);
    return { lossSum: { shape: [1], type: 'float32' }, weight: { shape: [1], type: 'float32' } };
  },
  derivative(trace, { inputs, options, cotangents: { lossSum: dLossSum } }) {
    if (dLossSum === undefined) return {};
    return { y: trace.apply('regressionLossGradient', { ...inputs, dLossSum }, options).dY };
  },
};

/** dY = dLossSum · w · slope, the slope at d = y - target being 2 d, the sign of d, or d within [-δ, δ]; 0 where w is 0 */
export const regressionLossGradient: Definition<'regressionLossGradient'> = {
  results: ({ y }) => ({ dY: { shape: y.shape, type: 'float32' } }),
};
