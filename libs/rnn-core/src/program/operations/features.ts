// Joining and cutting along the last axis, the features: what a bidirectional layer is put together with.

import { type Definition, expect } from '../definition.ts';
import { type Shape, sameShape } from '../tensor.ts';

const outer = (shape: Shape) => shape.slice(0, -1);
const features = (shape: Shape) => shape.at(-1) as number;

/** a [..., M], b [..., N] → y [..., M + N] */
export const concat: Definition<'concat'> = {
  results({ a, b }) {
    expect(sameShape(outer(a.shape), outer(b.shape)), 'concat', 'a and b differ in their outer axes');
    return { y: { shape: [...outer(a.shape), features(a.shape) + features(b.shape)], type: 'float32' } };
  },
  derivative(trace, { inputs: { a, b }, cotangents: { y: dy } }) {
    if (dy === undefined) return {};
    const size = features(a.shape);
    return {
      a: trace.apply('slice', { x: dy }, { start: 0, size }).y,
      b: trace.apply('slice', { x: dy }, { start: size, size: features(b.shape) }).y,
    };
  },
};

/** x [..., N] → y [..., size] = x[..., start : start + size] */
export const slice: Definition<'slice'> = {
  results({ x }, { start, size }) {
    expect(start >= 0 && size > 0 && start + size <= features(x.shape), 'slice', 'the range lies outside x');
    return { y: { shape: [...outer(x.shape), size], type: 'float32' } };
  },
  derivative(trace, { inputs: { x }, options: { start }, cotangents: { y: dy } }) {
    if (dy === undefined) return {};
    return { x: trace.apply('pad', { x: dy }, { start, size: features(x.shape) }).y };
  },
};

/** x [..., N] → y [..., size]: x at start, zeros around it (the derivative of slice) */
export const pad: Definition<'pad'> = {
  results({ x }, { start, size }) {
    expect(start >= 0 && start + features(x.shape) <= size, 'pad', 'x does not fit');
    return { y: { shape: [...outer(x.shape), size], type: 'float32' } };
  },
  derivative(trace, { inputs: { x }, options: { start }, cotangents: { y: dy } }) {
    if (dy === undefined) return {};
    return { x: trace.apply('slice', { x: dy }, { start, size: features(x.shape) }).y };
  },
};
