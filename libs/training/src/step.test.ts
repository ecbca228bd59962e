// One step: averaging, clipping, and what a bad gradient must not touch.

import { describe, expect, test } from 'vitest';
import { createOptimizer } from './optimizers/optimizer.ts';
import { type StepInputs, takeStep } from './step.ts';
import { float32, modelArrays } from './workbench.ts';

const optimizer = createOptimizer({
  name: 'sgd',
  learningRate: 0.5,
  momentum: 0.9,
  dampening: 0,
  nesterov: false,
  weightDecay: 0,
});

/** Weights 1, 2 and 3 in vector 0, the next ones in 1, momentum in 2, a widened gradient in 3. */
function inputs(
  w: readonly number[],
  b: readonly number[],
  { clipNorm, clipValue, format = float32 }: Partial<Options> = {},
) {
  const arrays = modelArrays({ w: 2, b: 1 }, { format, vectors: 4, slots: 1 });
  arrays.vector(0).w.set([1, 2]);
  arrays.vector(0).b.set([3]);
  arrays.put(0, 'w', Float32Array.from(w));
  arrays.put(0, 'b', Float32Array.from(b));
  const gradient = format.type === 'float32' && clipValue === undefined ? undefined : 3;
  return { ...common, arrays, gradient, clipNorm, clipValue } satisfies StepInputs;
}

interface Options {
  readonly clipNorm: number | undefined;
  readonly clipValue: number | undefined;
  readonly format: StepInputs['arrays']['format'];
}

const common = { from: 0, to: 1, state: [2], slot: 0, weight: 2, optimizer, learningRate: 0.5, step: 1 };

describe('takeStep', () => {
  test('averages, reports the norm before clipping, and leaves the present weights and the sums', () => {
    const step = inputs([6, 0], [8], { clipNorm: 1 });
    expect(takeStep(step)).toEqual({ finite: true, gradientNorm: 5 });
    // The mean is 3, 0 and 4, its norm 5.
    const clipped = [3 / (5 + 1e-6), 0, 4 / (5 + 1e-6)];
    expect(step.arrays.vector(2)).toEqual({
      w: Float32Array.of(clipped[0], 0),
      b: Float32Array.of(clipped[2]),
    });
    expect(step.arrays.vector(1).w[0]).toBeCloseTo(1 - 0.5 * clipped[0], 6);
    expect(step.arrays.vector(1).w[1]).toBe(2);
    expect(step.arrays.vector(0)).toEqual({ w: Float32Array.of(1, 2), b: Float32Array.of(3) });
    expect(step.arrays.slot(0)).toEqual({ w: Float32Array.of(6, 0), b: Float32Array.of(8) });
  });

  test('a small gradient is not scaled', () => {
    const step = inputs([0.5, 0], [0.25], { clipNorm: 1 });
    takeStep(step);
    expect(step.arrays.vector(2)).toEqual({ w: Float32Array.of(0.25, 0), b: Float32Array.of(0.125) });
  });

  test.each(['float32', 'float16', 'bfloat16'] as const)(
    'elements of a %s are cut before the norm is clipped',
    (type) => {
      const step = inputs([6, -1], [-8], { clipValue: 2, clipNorm: 1, format: { type, exponent: 0 } });
      expect(takeStep(step)).toEqual({ finite: true, gradientNorm: Math.sqrt(9 + 0.25 + 16) });
      // The mean is 3, -0.5 and -4; cut it is 2, -0.5 and -2.
      const factor = 1 / (Math.sqrt(4 + 0.25 + 4) + 1e-6);
      expect(step.arrays.vector(2)).toEqual({
        w: Float32Array.of(2 * factor, -0.5 * factor),
        b: Float32Array.of(-2 * factor),
      });
      expect([...step.arrays.slot(0).w]).toEqual([
        ...inputs([6, -1], [-8], { format: { type, exponent: 0 } }).arrays.slot(0).w,
      ]);
    },
  );

  test.each(['float16', 'bfloat16'] as const)('%s is the same where no value is rounded', (type) => {
    const step = inputs([6, 0], [8], { clipNorm: 1, format: { type, exponent: -3 } });
    const expected = inputs([6, 0], [8], { clipNorm: 1 });
    expect(takeStep(step)).toEqual(takeStep(expected));
    for (const vector of [0, 1, 2]) expect(step.arrays.vector(vector)).toEqual(expected.arrays.vector(vector));
  });

  test('a float16 beyond its range is not finite', () => {
    const format = { type: 'float16', exponent: 10 } as const;
    expect(takeStep(inputs([63, 0], [0], { format })).finite).toBe(true);
    expect(takeStep(inputs([64, 0], [0], { format }))).toEqual({ finite: false, gradientNorm: Infinity });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%s changes neither weights nor state', (bad) => {
    for (const type of ['float32', 'float16', 'bfloat16'] as const) {
      const step = inputs([1, 1], [bad], { format: { type, exponent: 0 } });
      expect(takeStep(step).finite).toBe(false);
      expect(step.arrays.vector(0)).toEqual({ w: Float32Array.of(1, 2), b: Float32Array.of(3) });
      for (const vector of [1, 2]) {
        expect(step.arrays.vector(vector)).toEqual({ w: new Float32Array(2), b: new Float32Array(1) });
      }
    }
  });

  test('the largest float32 does not overflow the norm', () => {
    const largest = 3.4028234663852886e38;
    const { finite, gradientNorm } = takeStep(inputs([largest, 0], [-largest]));
    expect(finite).toBe(true);
    expect(gradientNorm / largest).toBeCloseTo(Math.SQRT2 / 2, 7);
  });

  test('a batch without targets is not finite', () => {
    expect(takeStep({ ...inputs([0, 0], [0]), weight: 0 }).finite).toBe(false);
    expect(takeStep({ ...inputs([1, 0], [0]), weight: 0 }).finite).toBe(false);
  });
});
