// Sums over whole gradients and optimizer steps: the same bits as plain JavaScript in double precision.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clear, expectGapsUntouched, expectMatrix, kernels, noise, snapshot, vector } from './workbench.ts';

beforeEach(clear);
afterEach(expectGapsUntouched);

describe.each([1, 2, 3, 4, 7, 8, 9, 21])('%i elements', (n) => {
  const random = noise(n);

  test('sums, the sum of squares', () => {
    const [x, y] = [vector(n, random), vector(n, random)];
    const before = snapshot(y);
    kernels.addInto(n, x.at, y.at);
    expectMatrix(y, (_, i) => Math.fround(before(0, i) + x.get(0, i)), 0);
    const square = Array.from({ length: n }, (_, i) => x.get(0, i) ** 2).reduce((sum, value) => sum + value, 0);
    expect(kernels.sumOfSquares(n, x.at)).toBeCloseTo(square, 14);
  });

  test('elements cut to a bound, beside and in place', () => {
    const [x, y] = [vector(n, random), vector(n, random)];
    const before = snapshot(x);
    const expected = (_: number, i: number) => Math.fround(Math.min(0.1, Math.max(-0.1, before(0, i) / 3)));
    kernels.clip(n, 1 / 3, 0.1, x.at, y.at);
    expectMatrix(y, expected, 0);
    expectMatrix(x, before, 0);
    kernels.clip(n, 1 / 3, 0.1, x.at, x.at);
    expectMatrix(x, expected, 0);
  });

  /**
   * The weights and the optimizer's arrays after three steps of a kernel, and of the loop that says what it does. The
   * kernel's weights go to another place and back, then stay in place.
   */
  function compare(
    slots: number,
    kernel: (weights: readonly [from: number, to: number], gradient: number, state: number[], step: number) => void,
    loop: (w: Float32Array, g: number, state: Float32Array[], step: number, i: number) => void,
  ): void {
    const [weights, other, gradient] = [vector(n, random), vector(n, random), vector(n, random)];
    const state = Array.from({ length: slots }, () => vector(n, () => 0));
    const array = ({ get }: typeof weights) => Float32Array.from({ length: n }, (_, i) => get(0, i));
    const [w, g, s] = [array(weights), array(gradient), state.map(array)];
    const places = [
      [weights.at, other.at],
      [other.at, weights.at],
      [weights.at, weights.at],
    ] as const;
    for (const [i, place] of places.entries()) {
      kernel(
        place,
        gradient.at,
        state.map(({ at }) => at),
        i + 1,
      );
      for (let j = 0; j < n; j++) loop(w, g[j] * factor, s, i + 1, j);
    }
    expect(array(weights)).toEqual(w);
    expect(array(gradient)).toEqual(g);
    expect(state.map(array)).toEqual(s);
  }

  const [rate, factor] = [0.1, 1 / 3];
  test.each([0, 0.01])('sgd, weight decay %f', (decay) => {
    compare(
      0,
      ([from, to], g) => kernels.sgd(n, from, to, g, factor, 0, 0, rate, 0, 0, 0, decay),
      (w, g, _s, _step, i) => {
        w[i] -= rate * (g + decay * w[i]);
      },
    );
  });

  test.each([0, 1] as const)('sgd with momentum, Nesterov %i', (nesterov) => {
    compare(
      1,
      ([from, to], g, [buffer], step) =>
        kernels.sgd(n, from, to, g, factor, buffer, step === 1 ? 1 : 0, rate, 0.9, 0.2, nesterov, 0.01),
      (w, g, [buffer], step, i) => {
        const direction = g + 0.01 * w[i];
        buffer[i] = step === 1 ? direction : 0.9 * buffer[i] + (1 - 0.2) * direction;
        w[i] -= rate * (nesterov ? direction + 0.9 * buffer[i] : buffer[i]);
      },
    );
  });

  test.each([1, 2])('rmsprop with %i arrays', (slots) => {
    compare(
      slots,
      ([from, to], g, [squares, buffer = 0]) =>
        kernels.rmsprop(n, from, to, g, factor, squares, buffer, rate, 0.99, 1e-8, 0.9, 0.01),
      (w, g, [squares, buffer], _step, i) => {
        const gradient = g + 0.01 * w[i];
        squares[i] = 0.99 * squares[i] + (1 - 0.99) * gradient * gradient;
        let direction = gradient / (Math.sqrt(squares[i]) + 1e-8);
        if (buffer !== undefined) {
          buffer[i] = 0.9 * buffer[i] + direction;
          direction = buffer[i];
        }
        w[i] -= rate * direction;
      },
    );
  });

  test.each([
    [0, 1],
    [0.01, 1],
    [0, 0.999],
  ])('adam, coupled decay %f, decoupled %f', (coupled, kept) => {
    compare(
      2,
      ([from, to], g, [means, squares], step) =>
        kernels.adam(n, from, to, g, factor, means, squares, 0.9, 0.999, 1e-8, rate / step, coupled, kept),
      (w, g, [means, squares], step, i) => {
        const gradient = g + coupled * w[i];
        means[i] = 0.9 * means[i] + (1 - 0.9) * gradient;
        squares[i] = 0.999 * squares[i] + (1 - 0.999) * gradient * gradient;
        w[i] = kept * w[i] - ((rate / step) * means[i]) / (Math.sqrt(squares[i]) + 1e-8);
      },
    );
  });
});

test('what is not finite stays so, and shows in the norm', () => {
  const [x, y] = [vector(6, (i) => (i === 4 ? Number.NaN : 1)), vector(6, (i) => (i === 1 ? Infinity : 1))];
  expect(kernels.sumOfSquares(6, x.at)).toBeNaN();
  expect(kernels.sumOfSquares(6, y.at)).toBe(Infinity);
  kernels.addInto(6, x.at, y.at);
  expectMatrix(y, (_, i) => [2, Infinity, 2, 2, Number.NaN, 2][i], 0);
});
