// Elementwise sums and products of two tensors of one shape, and constants.

import { type Definition, expect } from '../definition.ts';
import { describe, sameShape, type TensorType } from '../tensor.ts';

function pair(operation: string, a: TensorType, b: TensorType): { y: TensorType } {
  expect(sameShape(a.shape, b.shape), operation, `shapes differ: ${describe(a)} and ${describe(b)}`);
  return { y: { shape: a.shape, type: 'float32' } };
}

/** y = a + b */
export const add: Definition<'add'> = {
  results: ({ a, b }) => pair('add', a, b),
  derivative: (_trace, { cotangents: { y: dy } }) => (dy === undefined ? {} : { a: dy, b: dy }),
};

/** y = a * b, element by element */
export const multiply: Definition<'multiply'> = {
  results: ({ a, b }) => pair('multiply', a, b),
  derivative(trace, { inputs: { a, b }, cotangents: { y: dy } }) {
    if (dy === undefined) return {};
    return {
      a: trace.apply('multiply', { a: dy, b }, {}).y,
      b: trace.apply('multiply', { a: dy, b: a }, {}).y,
    };
  },
};

/** y of the given shape, every element `value` */
export const fill: Definition<'fill'> = {
  results: (_inputs, { shape }) => ({ y: { shape, type: 'float32' } }),
  derivative: () => ({}),
};
