// Pooling over time: a sequence's steps become one vector.

import { type Definition, expect, expectShape } from '../definition.ts';

/** x [T, B, F], lengths int32 [B] or absent → y [B, F]: mean or largest over the valid steps, 0 where there are none */
export const pool: Definition<'pool'> = {
  results({ x, lengths }) {
    expect(x.shape.length === 3, 'pool', 'x is [T, B, F]');
    const [, batch, features] = x.shape as [number, number, number];
    if (lengths !== undefined) expectShape('pool', 'lengths', lengths, [batch]);
    return { y: { shape: [batch, features], type: 'float32' } };
  },
  derivative(trace, { inputs: { x, lengths }, outputs: { y }, options, cotangents: { y: dy } }) {
    if (dy === undefined) return {};
    return { x: trace.apply('poolGradient', { x, y, dy, lengths }, options).dx };
  },
};

/** dx [T, B, F], 0 past a length. Mean: dy / length at every step; max: dy at the first step that has the largest value. */
export const poolGradient: Definition<'poolGradient'> = {
  results({ x, y, dy }) {
    expectShape('poolGradient', 'dy', dy, y.shape);
    return { dx: { shape: x.shape, type: 'float32' } };
  },
};
