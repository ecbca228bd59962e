// Norm and clipping by hand.

import { expect, test } from 'vitest';
import { clipCoefficient, gradientNorm } from './clip.ts';

test('the norm is over all tensors, in an order that does not depend on the record', () => {
  const tensors = { a: Float32Array.of(2e18, 1), b: Float32Array.of(-1, 4), c: Float32Array.of(1e-3) };
  expect(gradientNorm({ a: Float32Array.of(3), b: Float32Array.of(0, -4) })).toBe(5);
  expect(gradientNorm({ c: tensors.c, b: tensors.b, a: tensors.a })).toBe(gradientNorm(tensors));
});

test('no finite float32 gradient overflows, and none that is not finite stays hidden', () => {
  const largest = 3.4028234663852886e38;
  expect(gradientNorm({ a: Float32Array.of(largest, largest) })).toBeCloseTo(largest * Math.SQRT2, -25);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    expect(Number.isFinite(gradientNorm({ a: Float32Array.of(1, bad), b: Float32Array.of(1) }))).toBe(false);
  }
});

test('the coefficient never scales up', () => {
  expect(clipCoefficient(0.5, 1)).toBe(1);
  expect(clipCoefficient(0, 1)).toBe(1);
  expect(clipCoefficient(4, 1)).toBe(1 / (4 + 1e-6));
});
