// Stochastic gradient descent with momentum, as torch.optim.SGD computes it
// (https://pytorch.org/docs/stable/generated/torch.optim.SGD.html).

import type { OptimizerSpec } from '@rondo/spec';
import type { Rule } from './rule.ts';

/**
 * g += weightDecay·w; b = momentum·b + (1 - dampening)·g, and b = g in the first step, dampening or not;
 * w -= learningRate·(nesterov ? g + momentum·b : b).
 */
export function sgd(options: Extract<OptimizerSpec, { name: 'sgd' }>): Rule {
  const { momentum, dampening, nesterov, weightDecay } = options;
  const stateNames = momentum === 0 ? [] : ['momentum_buffer'];
  return {
    stateNames,
    updateInto(weights, gradient, [buffer], step, learningRate) {
      for (let i = 0; i < weights.length; i++) {
        let direction = gradient[i] + weightDecay * weights[i];
        if (buffer !== undefined) {
          buffer[i] = step === 1 ? direction : momentum * buffer[i] + (1 - dampening) * direction;
          direction = nesterov ? direction + momentum * buffer[i] : buffer[i];
        }
        weights[i] -= learningRate * direction;
      }
    },
  };
}
