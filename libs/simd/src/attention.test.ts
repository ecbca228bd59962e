// Softmax along rows and additive attention's scores, with their gradients, beside plain formulas.

import { afterEach, beforeEach, describe, test } from 'vitest';
import { clear, expectGapsUntouched, expectMatrix, kernels, matrix, noise, snapshot, vector } from './workbench.ts';

beforeEach(clear);
afterEach(expectGapsUntouched);

const widths = [1, 2, 3, 4, 5, 8, 19, 33];

describe.each(widths.flatMap((n) => [n, Math.ceil(n / 2), 0].map((count) => ({ n, count }))))(
  'softmax of $count of $n',
  ({ n, count }) => {
    const rows = 3;
    const random = noise(n, 3);

    test.each([0, 300])('values shifted by %i', (shift) => {
      const x = matrix(rows, n, (_, column) => (column < count ? random() + shift : Number.NaN));
      const before = snapshot(x);
      kernels.softmaxRows(x.at, x.ld, rows, n, count);
      expectMatrix(x, (row, column) => {
        if (column >= count) return 0;
        let total = 0;
        for (let other = 0; other < count; other++) total += Math.exp(before(row, other) - shift);
        return Math.exp(before(row, column) - shift) / total;
      });
    });

    test('its gradient', () => {
      const [y, dy] = [matrix(rows, n, random), matrix(rows, n, random, 1)];
      const before = snapshot(dy);
      kernels.softmaxRowsGradient(y.at, y.ld, dy.at, dy.ld, rows, n);
      expectMatrix(
        dy,
        (row, column) => {
          let mean = 0;
          for (let other = 0; other < n; other++) mean += y.get(row, other) * before(row, other);
          return y.get(row, column) * (before(row, column) - mean);
        },
        1e-5,
      );
    });
  },
);

const extents = [
  { timeQ: 1, timeK: 1, count: 1, hidden: 1 },
  { timeQ: 2, timeK: 5, count: 3, hidden: 7 },
  { timeQ: 4, timeK: 3, count: 3, hidden: 16 },
  { timeQ: 3, timeK: 4, count: 0, hidden: 5 },
];

describe.each(extents)('additive scores, $timeQ x $count of $timeK, hidden $hidden', (extent) => {
  const { timeQ, timeK, count, hidden } = extent;
  const random = noise(hidden, 2);
  const packed = (rows: number, columns: number, value?: () => number) => matrix(rows, columns, value, 0);

  test('forward and backward', () => {
    const [query, keys] = [packed(timeQ, hidden, random), packed(timeK, hidden, random)];
    const weights = vector(hidden, random);
    const scores = packed(timeQ, timeK, () => 7);
    const operands = [query.at, timeQ, keys.at, timeK, count, hidden, weights.at] as const;
    const [q, k] = [snapshot(query), snapshot(keys)];
    const tanh = (i: number, s: number, h: number) => Math.tanh(q(i, h) + k(s, h));
    const sum = (size: number, term: (index: number) => number) =>
      Array.from({ length: size }, (_, index) => term(index)).reduce((total, value) => total + value, 0);
    for (const { at, rows } of [query, keys]) kernels.doubledExponentials(rows * hidden, at);
    kernels.additiveScores(...operands, scores.at);
    expectMatrix(scores, (i, s) => (s < count ? sum(hidden, (h) => weights.get(0, h) * tanh(i, s, h)) : 7));

    const dScores = packed(timeQ, timeK, random);
    const [dQuery, dKeys, dVector] = [packed(timeQ, hidden), packed(timeK, hidden), vector(hidden)];
    kernels.additiveScoresGradient(...operands, dScores.at, dQuery.at, dKeys.at, dVector.at);
    const dSum = (i: number, s: number, h: number) => dScores.get(i, s) * weights.get(0, h) * (1 - tanh(i, s, h) ** 2);
    expectMatrix(dQuery, (i, h) => sum(count, (s) => dSum(i, s, h)), 1e-5);
    expectMatrix(dKeys, (s, h) => (s < count ? sum(timeQ, (i) => dSum(i, s, h)) : 0), 1e-5);
    const expected = (h: number) => sum(timeQ, (i) => sum(count, (s) => dScores.get(i, s) * tanh(i, s, h)));
    expectMatrix(dVector, (_, h) => expected(h), 1e-5);
  });
});

test.each([
  [40, -40, 0],
  [43, 43, 1],
  [300, 0, 1],
  [-300, 0, -1],
  [-43, -43, -1],
  [0.001, 0, 0.001],
  [Number.NaN, 0, Number.NaN],
])('tanh(%d + %d) of exponentials is %d', (q, k, expected) => {
  const [query, key, one, score] = [vector(1, () => q), vector(1, () => k), vector(1, () => 1), vector(1)];
  for (const { at } of [query, key]) kernels.doubledExponentials(1, at);
  kernels.additiveScores(query.at, 1, key.at, 1, 1, 1, one.at, score.at);
  expectMatrix(score, () => expected);
});
