// What PyTorch's training runs do not reach, by hand; and that a step from stored state gives the same bits.

import type { OptimizerSpec } from '@rondo/spec';
import { describe, expect, test } from 'vitest';
import { createOptimizer } from './optimizer.ts';

const sgd = {
  name: 'sgd',
  learningRate: 0,
  momentum: 0,
  dampening: 0,
  nesterov: false,
  weightDecay: 0,
} as const;
const rmsprop = { name: 'rmsprop', learningRate: 0, alpha: 0.5, epsilon: 1, momentum: 0, weightDecay: 0 } as const;
const adam = { name: 'adam', learningRate: 0, betas: [0.5, 0.75], epsilon: 1, weightDecay: 0 } as const;
const parameters = [{ name: 'w', shape: [1] }];

/** The one weight after each of the steps, from 1, with the same gradient every time. */
function run(spec: OptimizerSpec, gradient: number, learningRate: number, steps: number): number[] {
  const optimizer = createOptimizer(spec);
  const weights = { w: Float32Array.of(1) };
  const state = optimizer.init(parameters);
  return Array.from({ length: steps }, (_, i) => {
    optimizer.updateInto(weights, { w: Float32Array.of(gradient) }, state, i + 1, learningRate);
    return weights.w[0];
  });
}

describe('by hand', () => {
  test('sgd: dampening does not touch the first step', () => {
    // b: 1, then 0.5·1 + 0.75·1 = 1.25
    expect(run({ ...sgd, momentum: 0.5, dampening: 0.25 }, 1, 0.25, 2)).toEqual([0.75, 0.4375]);
  });

  test('sgd: nesterov and weight decay', () => {
    // g = 1 + 0.5·1 = 1.5, b = 1.5, direction 1.5 + 0.5·1.5
    expect(run({ ...sgd, momentum: 0.5, nesterov: true, weightDecay: 0.5 }, 1, 0.25, 1)).toEqual([0.4375]);
  });

  test('rmsprop with momentum', () => {
    // v = 0.5·2 = 1, d = √2/(1 + 1)
    const [first, second] = run({ ...rmsprop, momentum: 0.5 }, Math.SQRT2, 0.5, 2);
    expect(first).toBeCloseTo(1 - Math.SQRT1_2 / 2, 6);
    // v = 0.5·1 + 0.5·2 = 1.5, b = 0.5·0.7071 + √2/(√1.5 + 1)
    expect(second).toBeCloseTo(first - 0.5 * (Math.SQRT1_2 / 2 + Math.SQRT2 / (Math.sqrt(1.5) + 1)), 6);
  });

  test('rmsprop and adam add weight decay to the gradient, adamw shrinks the weight', () => {
    expect(run({ ...rmsprop, weightDecay: 2 }, 0, 0.5, 1)[0]).toBeCloseTo(1 - (0.5 * 2) / (Math.SQRT2 + 1), 6);
    // Bias correction makes m = g and v = g² in the first step.
    expect(run({ ...adam, weightDecay: 2 }, 1, 0.5, 1)[0]).toBeCloseTo(1 - (0.5 * 3) / (3 + 1), 6);
    expect(run({ ...adam, name: 'adamw', weightDecay: 0.5 }, 1, 0.5, 1)[0]).toBeCloseTo(0.75 - 0.5 / 2, 6);
  });
});

describe('state', () => {
  const shaped = [
    { name: 'output.weight', shape: [2, 3] },
    { name: 'output.bias', shape: [2] },
  ];

  test('is named and shaped like PyTorch’s', () => {
    expect(createOptimizer(adam).state(shaped)).toEqual([
      { name: 'output.weight.exp_avg', shape: [2, 3] },
      { name: 'output.weight.exp_avg_sq', shape: [2, 3] },
      { name: 'output.bias.exp_avg', shape: [2] },
      { name: 'output.bias.exp_avg_sq', shape: [2] },
    ]);
    const slots = (spec: OptimizerSpec) =>
      createOptimizer(spec)
        .state(parameters)
        .map(({ name }) => name);
    expect(slots(sgd)).toEqual([]);
    expect(slots({ ...sgd, momentum: 0.9 })).toEqual(['w.momentum_buffer']);
    expect(slots(rmsprop)).toEqual(['w.square_avg']);
    expect(slots({ ...rmsprop, momentum: 0.9 })).toEqual(['w.square_avg', 'w.momentum_buffer']);
  });

  test.each([{ ...sgd, momentum: 0.9, dampening: 0.1 }, { ...rmsprop, momentum: 0.9 }, adam])(
    'copied at any step, goes on to the same bits: $name',
    (spec) => {
      const optimizer = createOptimizer(spec);
      const whole = { weights: { w: Float32Array.of(1, -2, 0.3) }, state: optimizer.init([{ name: 'w', shape: [3] }]) };
      const step = (at: typeof whole, k: number) =>
        optimizer.updateInto(at.weights, { w: Float32Array.of(0.1 * k, -0.7, 1 / k) }, at.state, k, 0.01);
      for (let k = 1; k <= 3; k++) step(whole, k);
      const resumed = structuredClone(whole);
      for (let k = 4; k <= 6; k++) {
        step(whole, k);
        step(resumed, k);
      }
      expect(resumed).toEqual(whole);
    },
  );

  test('of another model is refused before anything changes', () => {
    const optimizer = createOptimizer(adam);
    const weights = { a: Float32Array.of(1), w: Float32Array.of(1) };
    const gradient = { a: Float32Array.of(1), w: Float32Array.of(1) };
    const state = { ...optimizer.init([{ name: 'a', shape: [1] }]), 'w.exp_avg': new Float32Array(2) };
    expect(() => optimizer.updateInto(weights, gradient, state, 1, 0.1)).toThrow(
      'adam: state w.exp_avg has 2 elements, expected 1',
    );
    expect(weights.a[0]).toBe(1);
  });
});
