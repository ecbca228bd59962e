// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019), as torch.optim computes them
// (https://pytorch.org/docs/stable/generated/torch.optim.Adam.html and .AdamW.html), without amsgrad.

import type { OptimizerSpec } from '@rondo/spec';
import { power } from '../portable.ts';
import type { Rule } from './rule.ts';

/**
 * adam: g += weightDecay·w; adamw: w -= learningRate·weightDecay·w. Then, in step t,
 * m = β₁m + (1 - β₁)g; v = β₂v + (1 - β₂)g²;
 * w -= learningRate/(1 - β₁ᵗ) · m/(√v/√(1 - β₂ᵗ) + epsilon).
 */
export function adam(options: Extract<OptimizerSpec, { name: 'adam' | 'adamw' }>): Rule {
  const {
    betas: [beta1, beta2],
    epsilon,
    weightDecay,
  } = options;
  const [coupled, decoupled] = options.name === 'adam' ? [weightDecay, 0] : [0, weightDecay];
  return {
    stateNames: ['exp_avg', 'exp_avg_sq'],
    updateInto(weights, gradient, [means, squares], step, learningRate) {
      const stepSize = learningRate / (1 - power(beta1, step));
      const squaresCorrection = Math.sqrt(1 - power(beta2, step));
      const kept = 1 - learningRate * decoupled;
      for (let i = 0; i < weights.length; i++) {
        const g = gradient[i] + coupled * weights[i];
        means[i] = beta1 * means[i] + (1 - beta1) * g;
        squares[i] = beta2 * squares[i] + (1 - beta2) * g * g;
        const denominator = Math.sqrt(squares[i]) / squaresCorrection + epsilon;
        weights[i] = kept * weights[i] - (stepSize * means[i]) / denominator;
      }
    },
  };
}
