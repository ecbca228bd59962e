// Another shape over the same elements.

import { type Definition, expect } from '../definition.ts';
import { describe, elements } from '../tensor.ts';

/** x → y of `shape`: the same elements in the same order (row-major) */
export const reshape: Definition<'reshape'> = {
  results({ x }, { shape }) {
    expect(x.type === 'float32', 'reshape', 'x is float32');
    expect(elements(x.shape) === elements(shape), 'reshape', `${describe(x)} has not the elements of [${shape}]`);
    return { y: { shape, type: 'float32' } };
  },
  derivative(trace, { inputs: { x }, cotangents: { y: dy } }) {
    if (dy === undefined) return {};
    return { x: trace.apply('reshape', { x: dy }, { shape: x.shape }).y };
  },
};
