// What PyTorch's training runs do not reach, by hand; every optimizer beside a plain loop of its formula, bit for bit; and
// that a step from stored state gives the same bits.

import { normal } from '@rondo/rnn-core';
import type { OptimizerSpec } from '@rondo/spec';
import { describe, expect, test } from 'vitest';
import { power } from '../portable.ts';
import { modelArrays } from '../workbench.ts';
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

interface Training {
  readonly weights: Float32Array;
  readonly state: readonly Float32Array[];
  /** Takes step k, from 1. */
  take(k: number, gradient: ArrayLike<number>, factor: number, learningRate: number): void;
}

/** One parameter w; its weights stay in place. */
function training(spec: OptimizerSpec, first: readonly number[]): Training {
  const optimizer = createOptimizer(spec);
  const state = optimizer.stateNames.map((_, i) => 1 + i);
  const arrays = modelArrays({ w: first.length }, { vectors: 1 + state.length, slots: 1 });
  const weights = arrays.vector(0).w;
  weights.set(first);
  return {
    weights,
    state: Object.values(optimizer.stateOf(arrays, state)),
    take(step, gradient, factor, learningRate) {
      arrays.slot(0).w.set(gradient);
      const gradientAt = arrays.widen(0, undefined);
      optimizer.update(arrays, { from: 0, to: 0, state, gradientAt, factor, step, learningRate });
    },
  };
}

/** The one weight after each of the steps, from 1, with the same gradient every time. */
function run(spec: OptimizerSpec, gradient: number, learningRate: number, steps: number): number[] {
  const { weights, take } = training(spec, [1]);
  return Array.from({ length: steps }, (_, i) => {
    take(i + 1, [2 * gradient], 0.5, learningRate);
    return weights[0];
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

/** One weight's step in double precision, as the rules' comments say it; `s` are the state's arrays. */
type Loop = (w: Float32Array, i: number, g: number, s: readonly Float32Array[], k: number, rate: number) => void;

const beta1 = 0.9;
const beta2 = 0.999;
const adamLoop =
  (coupled: number, decoupled: number): Loop =>
  (w, i, g, [m, v], k, rate) => {
    const decayed = g + coupled * w[i];
    m[i] = beta1 * m[i] + (1 - beta1) * decayed;
    v[i] = beta2 * v[i] + (1 - beta2) * decayed * decayed;
    const correction = Math.sqrt(1 - power(beta2, k));
    const stepSize = (rate * correction) / (1 - power(beta1, k));
    w[i] = (1 - rate * decoupled) * w[i] - (stepSize * m[i]) / (Math.sqrt(v[i]) + 1e-8 * correction);
  };

const loops: { spec: OptimizerSpec; loop: Loop }[] = [
  {
    spec: { ...sgd, weightDecay: 0.01 },
    loop(w, i, g, _s, _k, rate) {
      w[i] -= rate * (g + 0.01 * w[i]);
    },
  },
  {
    spec: { ...sgd, momentum: 0.9, dampening: 0.1 },
    loop(w, i, g, [b], k, rate) {
      b[i] = k === 1 ? g : 0.9 * b[i] + (1 - 0.1) * g;
      w[i] -= rate * b[i];
    },
  },
  {
    spec: { ...sgd, momentum: 0.9, nesterov: true },
    loop(w, i, g, [b], k, rate) {
      b[i] = k === 1 ? g : 0.9 * b[i] + g;
      w[i] -= rate * (g + 0.9 * b[i]);
    },
  },
  {
    spec: { ...rmsprop, alpha: 0.99, epsilon: 1e-8, momentum: 0.9, weightDecay: 0.01 },
    loop(w, i, g, [v, b], _k, rate) {
      const decayed = g + 0.01 * w[i];
      v[i] = 0.99 * v[i] + (1 - 0.99) * decayed * decayed;
      b[i] = 0.9 * b[i] + decayed / (Math.sqrt(v[i]) + 1e-8);
      w[i] -= rate * b[i];
    },
  },
  { spec: { ...adam, betas: [beta1, beta2], epsilon: 1e-8, weightDecay: 0.01 }, loop: adamLoop(0.01, 0) },
  {
    spec: { ...adam, name: 'adamw', betas: [beta1, beta2], epsilon: 1e-8, weightDecay: 0.01 },
    loop: adamLoop(0, 0.01),
  },
];

test.each(loops)('$spec.name beside a plain loop, bit for bit', ({ spec, loop }) => {
  const size = 31;
  const draw = (seed: number) => Array.from({ length: size }, (_, i) => normal(seed * 1000 + i));
  const { weights, state, take } = training(spec, draw(0));
  const expected = { weights: weights.slice(), state: state.map((array) => array.slice()) };
  for (let k = 1; k <= 4; k++) {
    const gradient = Float32Array.from(draw(k));
    const [factor, rate] = [1 / (3 * k), 0.01 / k];
    take(k, gradient, factor, rate);
    for (let i = 0; i < size; i++) loop(expected.weights, i, gradient[i] * factor, expected.state, k, rate);
  }
  expect({ weights: weights.slice(), state: state.map((array) => array.slice()) }).toEqual(expected);
});

describe('state', () => {
  const shaped = [
    { name: 'output.weight', shape: [2, 3] },
    { name: 'output.bias', shape: [2] },
  ];

  test('is named and shaped like PyTorch’s', () => {
    const optimizer = createOptimizer(adam);
    expect(optimizer.state(shaped)).toEqual([
      { name: 'output.weight.exp_avg', shape: [2, 3] },
      { name: 'output.weight.exp_avg_sq', shape: [2, 3] },
      { name: 'output.bias.exp_avg', shape: [2] },
      { name: 'output.bias.exp_avg_sq', shape: [2] },
    ]);
    expect(createOptimizer(sgd).stateNames).toEqual([]);
    expect(createOptimizer({ ...sgd, momentum: 0.9 }).stateNames).toEqual(['momentum_buffer']);
    expect(createOptimizer(rmsprop).stateNames).toEqual(['square_avg']);
    expect(createOptimizer({ ...rmsprop, momentum: 0.9 }).stateNames).toEqual(['square_avg', 'momentum_buffer']);
  });

  test('has a view by each of those names', () => {
    const optimizer = createOptimizer(adam);
    const arrays = modelArrays({ 'output.weight': 6, 'output.bias': 2 }, { vectors: 3 });
    arrays.vector(2)['output.bias'].set([5, 7]);
    const views = optimizer.stateOf(arrays, [1, 2]);
    expect(Object.keys(views).sort()).toEqual(
      optimizer
        .state(shaped)
        .map(({ name }) => name)
        .sort(),
    );
    expect(views['output.bias.exp_avg_sq']).toEqual(Float32Array.of(5, 7));
    expect(views['output.bias.exp_avg']).toEqual(new Float32Array(2));
  });

  test.each([{ ...sgd, momentum: 0.9, dampening: 0.1 }, { ...rmsprop, momentum: 0.9 }, adam])(
    'copied at any step, goes on to the same bits: $name',
    (spec) => {
      const step = ({ take }: Training, k: number) => take(k, [0.1 * k, -0.7, 1 / k], 1, 0.01);
      const whole = training(spec, [1, -2, 0.3]);
      for (let k = 1; k <= 3; k++) step(whole, k);
      const resumed = training(spec, [...whole.weights]);
      for (const [i, array] of resumed.state.entries()) array.set(whole.state[i]);
      for (let k = 4; k <= 6; k++) {
        step(whole, k);
        step(resumed, k);
      }
      expect(resumed.weights).toEqual(whole.weights);
      expect(resumed.state).toEqual(whole.state);
    },
  );
});
