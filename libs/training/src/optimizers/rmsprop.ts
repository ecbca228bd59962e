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
  const stateNames = momentum === 0 ? ['square_avg'] : ['square_avg', 'momentum_buffer'];
  return {
    stateNames,
    updateInto(weights, gradient, [squares, buffer], _step, learningRate) {
      for (let i = 0; i < weights.length; i++) {
        const g = gradient[i] + weightDecay * weights[i];
        squares[i] = alpha * squares[i] + (1 - alpha) * g * g;
        let direction = g / (Math.sqrt(squares[i]) + epsilon);
        if (buffer !== undefined) {
          buffer[i] = momentum * buffer[i] + direction;
          direction = buffer[i];
        }
        weights[i] -= learningRate * direction;
      }
    },
  };
}
