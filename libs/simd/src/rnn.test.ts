// A simple recurrent layer's step with each activation, forward and backward, beside plain formulas.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  cases,
  clear,
  expectGapsUntouched,
  expectMatrix,
  kernels,
  matrix,
  noise,
  snapshot,
  vector,
} from './workbench.ts';

beforeEach(clear);
afterEach(expectGapsUntouched);

const activations = [
  { code: 0, name: 'tanh', value: Math.tanh, slope: (y: number) => 1 - y * y },
  { code: 1, name: 'relu', value: (x: number) => Math.max(x, 0), slope: (y: number) => (y > 0 ? 1 : 0) },
  { code: 2, name: 'sigmoid', value: (x: number) => 1 / (1 + Math.exp(-x)), slope: (y: number) => y * (1 - y) },
] as const;
const all = cases.flatMap((shape) => activations.map((activation) => ({ ...shape, ...activation })));

describe.each(all)('$name, hidden $hidden, batch $batch, lengths $masked', (a) => {
  const { hidden, batch, masked, t, inside, lengths, code } = a;
  const random = noise(hidden + 7 * batch, 2);

  test('forward', () => {
    const [gates, h0, h] = [matrix(hidden, batch, random), matrix(hidden, batch, random, 1), matrix(hidden, batch)];
    const bias = vector(hidden, random);
    kernels.rnnForward(
      ...([hidden, batch, code, gates.at, gates.ld, bias.at, h0.at, h0.ld, h.at, h.ld, lengths(), t] as const),
    );
    expectMatrix(h, (row, b) => (inside(b) ? a.value(gates.get(row, b) + bias.get(0, row)) : h0.get(row, b)));
  });

  test('backward', () => {
    const [h, dy, dh] = [1, 2, 3].map((gap) => matrix(hidden, batch, random, gap));
    const gates = matrix(hidden, batch);
    const dhLater = snapshot(dh);
    kernels.rnnBackward(
      ...([hidden, batch, code, gates.at, gates.ld, h.at, h.ld, dy.at, dy.ld, dh.at, dh.ld, lengths(), t] as const),
    );
    expectMatrix(
      gates,
      (row, b) => (inside(b) ? (dhLater(row, b) + dy.get(row, b)) * a.slope(h.get(row, b)) : 0),
      1e-5,
    );
    expectMatrix(dh, (row, b) => (masked && inside(b) ? 0 : dhLater(row, b)));
  });
});

test('NaN comes through every activation', () => {
  for (const { code } of activations) {
    const [gates, h] = [matrix(1, 5, (_, b) => (b === 2 ? Number.NaN : 1)), matrix(1, 5)];
    const bias = vector(1, () => 0);
    kernels.rnnForward(1, 5, code, gates.at, gates.ld, bias.at, h.at, h.ld, h.at, h.ld, 0, 0);
    expect([0, 1, 2, 3, 4].map((b) => Number.isNaN(h.get(0, b)))).toEqual([false, false, true, false, false]);
  }
});
