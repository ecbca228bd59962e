// RMSprop (Hinton 2012), as torch.optim.RMSprop computes it, not centered
// (https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html).

import type { OptimizerSpec } from '@rondo/spec';
import type { Rule } from './rule.ts';

/**
 * g += weightDecay·w; v = alpha·v + (1 - alpha)·g²; d = g/(√v + epsilon);
 * with momentum b = momentum·b + d and w -= learningRate·b, else w -= learningRate·d.
 */
export function rmsprop(options: Extract<OptimizerSpec, { name: 'rmsprop' }>): Rule {
  const { alpha, epsilon, momentum, weightDecay } = options;
  return {
    stateNames: momentum === 0 ? ['square_avg'] : ['square_avg', 'momentum_buffer'],
    update({ kernels, length, from, to, gradient, factor, state: [squares, buffer = 0], learningRate }) {
      kernels.rmsprop(
        length,
        from,
        to,
        gradient,
        factor,
        squares,
        buffer,
        learningRate,
        alpha,
        epsilon,
        momentum,
        weightDecay,
      );
    },
  };
}
