// Activations outside of recurrent layers, element by element. Their derivatives follow from their values.

import { type Definition, expect } from '../definition.ts';
import { describe, sameShape } from '../tensor.ts';

/** y = tanh x, max(x, 0) or 1 / (1 + exp(-x)) */
export const activation: Definition<'activation'> = {
  results: ({ x }) => ({ y: { shape: x.shape, type: 'float32' } }),
  derivative(trace, { outputs: { y }, options, cotangents: { y: dy } }) {
    if (dy === undefined) return {};
    return { x: trace.apply('activationGradient', { y, dy }, options).dx };
  },
};

/** dx = dy · slope(y): 1 - y², 1 where y > 0, or y (1 - y) */
export const activationGradient: Definition<'activationGradient'> = {
  results({ y, dy }) {
    const what = `shapes differ: ${describe(y)} and ${describe(dy)}`;
    expect(sameShape(y.shape, dy.shape), 'activationGradient', what);
    return { dx: { shape: y.shape, type: 'float32' } };
  },
};
