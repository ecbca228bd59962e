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
  return {
    stateNames: momentum === 0 ? [] : ['momentum_buffer'],
    update({ kernels, length, from, to, gradient, factor, state: [buffer = 0], step, learningRate }) {
      const [first, lookahead] = [step === 1 ? 1 : 0, nesterov ? 1 : 0] as const;
      kernels.sgd(
        length,
        from,
        to,
        gradient,
        factor,
        buffer,
        first,
        learningRate,
        momentum,
        dampening,
        lookahead,
        weightDecay,
      );
    },
  };
}
