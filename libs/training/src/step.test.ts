// One step: averaging, clipping, and what a bad gradient must not touch.

import { describe, expect, test } from 'vitest';
import { createOptimizer } from './optimizers/optimizer.ts';
import { type StepInputs, takeStepInto, tensorsChecksum } from './step.ts';

const optimizer = createOptimizer({
  name: 'adam',
  learningRate: 0.1,
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weightDecay: 0,
});

function inputs(gradient: Record<string, Float32Array>, clipNorm?: number): StepInputs {
  const weights = { w: Float32Array.of(1, 2), b: Float32Array.of(3) };
  const optimizerState = optimizer.init([
    { name: 'w', shape: [2] },
    { name: 'b', shape: [1] },
  ]);
  return { weights, optimizerState, gradient, weight: 2, optimizer, learningRate: 0.1, clipNorm, step: 1 };
}

describe('takeStepInto', () => {
  test('averages, reports the norm before clipping, and hashes what the optimizer got', () => {
    const step = inputs({ w: Float32Array.of(6, 0), b: Float32Array.of(8) }, 1);
    const result = takeStepInto(step);
    const clipped = [3 / (5 + 1e-6), 4 / (5 + 1e-6)].map(Math.fround);
    expect(step.gradient).toEqual({ w: Float32Array.of(clipped[0], 0), b: Float32Array.of(clipped[1]) });
    expect(result).toEqual({ finite: true, gradientNorm: 5, checksum: tensorsChecksum(step.gradient) });
    expect(step.weights.w[0]).toBeCloseTo(0.9, 6);
    expect(step.weights.w[1]).toBe(2);
  });

  test('a small gradient is not scaled', () => {
    const step = inputs({ w: Float32Array.of(0.1, 0), b: Float32Array.of(0.1) }, 1);
    takeStepInto(step);
    expect(step.gradient).toEqual({ w: Float32Array.of(0.05, 0), b: Float32Array.of(0.05) });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%s changes neither weights nor state', (bad) => {
    const step = inputs({ w: Float32Array.of(1, 1), b: Float32Array.of(bad) });
    const untouched = inputs({});
    expect(takeStepInto(step).finite).toBe(false);
    expect(step.weights).toEqual(untouched.weights);
    expect(step.optimizerState).toEqual(untouched.optimizerState);
  });

  test('a batch without targets is not finite', () => {
    const step = inputs({ w: Float32Array.of(0, 0), b: Float32Array.of(0) });
    expect(takeStepInto({ ...step, weight: 0 }).finite).toBe(false);
  });

  test.each([
    [{ w: new Float32Array(2) }, 'gradient: b has no elements, expected 1'],
    [{ w: new Float32Array(3), b: new Float32Array(1) }, 'gradient: w has 3 elements, expected 2'],
    [{ w: new Float32Array(2), b: new Float32Array(1), c: new Float32Array(1) }, 'c has 1 elements, expected none'],
  ])('a misshapen gradient stops', (gradient, message) => {
    expect(() => takeStepInto(inputs(gradient as Record<string, Float32Array>))).toThrow(message);
  });
});

test('the checksum is over little-endian bytes in order of name', () => {
  // sha256sum of 00 00 80 3f 00 00 00 40: the floats 1 and 2.
  const expected = 'b9c80b5adeca450753a16950c3cc655d271f7bef7a485bc83f112b72fef21d37';
  const checksum = tensorsChecksum({ b: Float32Array.of(2), a: Float32Array.of(1) });
  expect(checksum).toBe(tensorsChecksum({ a: Float32Array.of(1), b: Float32Array.of(2) }));
  expect(checksum).toBe(expected);
});
