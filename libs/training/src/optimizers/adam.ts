// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019), as torch.optim computes them
// (https://pytorch.org/docs/stable/generated/torch.optim.Adam.html and .AdamW.html), without amsgrad.

import type { OptimizerSpec } from '@rondo/spec';
import { power } from '../portable.ts';
import type { Rule } from './rule.ts';

/**
 * adam: g += weightDecay·w; adamw: w -= learningRate·weightDecay·w. Then, in step t,
 * m = β₁m + (1 - β₁)g; v = β₂v + (1 - β₂)g²;
 * w -= learningRate/(1 - β₁ᵗ) · m/(√v/√(1 - β₂ᵗ) + epsilon).
 * The fraction is taken by √(1 - β₂ᵗ), above and below, so that an element divides once (Kingma and Ba, end of section 2).
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
    update({ kernels, length, from, to, gradient, factor, state: [means, squares], step, learningRate }) {
      const correction = Math.sqrt(1 - power(beta2, step));
      const stepSize = (learningRate * correction) / (1 - power(beta1, step));
      kernels.adam(
        length,
        from,
        to,
        gradient,
        factor,
        means,
        squares,
        beta1,
        beta2,
        epsilon * correction,
        stepSize,
        coupled,
        1 - learningRate * decoupled,
      );
    },
  };
}
