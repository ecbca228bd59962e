// Embedding and cross-entropy with their gradients, and the dropout mask, beside plain loops.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  clear,
  doublesAt,
  expectGapsUntouched,
  expectMatrix,
  integers,
  kernels,
  matrix,
  noise,
  snapshot,
  vector,
} from './workbench.ts';

beforeEach(clear);
afterEach(expectGapsUntouched);

const sizes = [1, 2, 3, 4, 7, 16, 17, 35];

describe.each(sizes.flatMap((n) => [1, 4, 6].map((width) => ({ n, width }))))(
  '$n ids, width $width',
  ({ n, width }) => {
    const random = noise(n + 50 * width);
    const ids = Array.from({ length: n }, (_, i) => (i * i) % 5);

    test('embedding', () => {
      const table = matrix(5, width, random, 0);
      const y = matrix(width, n);
      kernels.embedding(table.at, width, integers(ids), n, y.at, y.ld);
      expectMatrix(y, (e, column) => table.get(ids[column], e), 0);
    });

    test('its gradient, added in order', () => {
      const dy = matrix(width, n, random);
      const dTable = matrix(5, width, random, 0);
      const before = snapshot(dTable);
      kernels.embeddingGradient(integers(ids), n, dy.at, dy.ld, width, dTable.at);
      const expected = (id: number, e: number) =>
        ids.reduce((sum, of, column) => (of === id ? Math.fround(sum + dy.get(e, column)) : sum), before(id, e));
      expectMatrix(dTable, expected, 0);
    });
  },
);

describe.each(sizes.flatMap((n) => [1, 5, 130].map((v) => ({ n, v }))))('cross-entropy of $n over $v', ({ n, v }) => {
  const random = noise(n + 50 * v, 8);
  const targets = Array.from({ length: n }, (_, i) => (i % 4 === 3 ? -1 : (i * 7) % v));

  test.each([0, 300])('logits shifted by %i', (shift) => {
    const logits = matrix(v, n, () => random() + shift);
    const lse = vector(n);
    const sums = doublesAt(2);
    const exact = (column: number) => {
      let sum = 0;
      for (let row = 0; row < v; row++) sum += Math.exp(logits.get(row, column) - shift);
      return shift + Math.log(sum);
    };
    const targetsAt = integers(targets);
    kernels.crossEntropy(logits.at, logits.ld, v, n, targetsAt, lse.at, sums.at);
    expectMatrix(lse, (_, column) => exact(column));
    const counted = targets.flatMap((target, column) => (target < 0 ? [] : exact(column) - logits.get(target, column)));
    expect(sums.get(0) / n).toBeCloseTo(counted.reduce((sum, loss) => sum + loss, 0) / n, 5);
    expect(sums.get(1)).toBe(counted.length);

    const share = snapshot(logits);
    const d = matrix(v, n);
    const expected = (row: number, column: number) => {
      if (targets[column] < 0) return 0;
      return 0.25 * (Math.exp(share(row, column) - exact(column)) - (row === targets[column] ? 1 : 0));
    };
    // lse is a float: its rounding is a relative error of every share.
    const tolerance = 1e-6 + shift * 2 ** -24;
    kernels.crossEntropyGradient(logits.at, logits.ld, v, n, targetsAt, lse.at, 0.25, d.at, d.ld);
    expectMatrix(d, expected, tolerance);
    kernels.crossEntropyGradient(logits.at, logits.ld, v, n, targetsAt, lse.at, 0.25, logits.at, logits.ld);
    expectMatrix(logits, d.get, 0);
  });
});

test('a logit that is not finite spoils its own column alone', () => {
  const logits = matrix(3, 6, (row, column) => (row === 1 && column === 4 ? Number.NaN : row));
  const lse = vector(6);
  const sums = doublesAt(2);
  kernels.crossEntropy(logits.at, logits.ld, 3, 6, integers([0, 1, 2, 0, -1, 2]), lse.at, sums.at);
  expect([0, 1, 2, 3, 4, 5].map((column) => Number.isNaN(lse.get(0, column)))).toEqual([0, 0, 0, 0, 1, 0].map(Boolean));
  expect(sums.get(1)).toBe(5);
  expect(sums.get(0)).toBeCloseTo(5 * Math.log(1 + Math.E + Math.E ** 2) - 5, 5);
});

test('a column alone has the bits it has among others', () => {
  const [v, n] = [70, 23];
  const random = noise(9, 5);
  const logits = matrix(v, n, random);
  const targets = integers(Array.from({ length: n }, () => 3));
  const [lse, alone] = [vector(n), vector(n)];
  const sums = doublesAt(2);
  kernels.crossEntropy(logits.at, logits.ld, v, n, targets, lse.at, sums.at);
  for (let column = 0; column < n; column++) {
    kernels.crossEntropy(logits.at + 4 * column, logits.ld, v, 1, targets, alone.at + 4 * column, sums.at);
  }
  expectMatrix(alone, lse.get, 0);
});

test('a logit of -infinity has no share', () => {
  const logits = matrix(3, 2, (row) => (row === 0 ? -Infinity : 1));
  const lse = vector(2);
  kernels.crossEntropy(logits.at, logits.ld, 3, 2, integers([1, 1]), lse.at, doublesAt(2).at);
  expectMatrix(lse, () => 1 + Math.log(2));
});

test('the dropout mask of rnn-core for seed 7, step 3, shard 1, site 2', () => {
  // fillDropoutMask(mask, 5, 0.3, { seed: 7, step: 3, shard: 1, site: 2 }) over 19 rows: a line a feature.
  const kept = [
    '1111011111011101111',
    '0111011111010110111',
    '0110010101011110001',
    '0001110101111111011',
    '1010111001111111101',
  ];
  const mask = matrix(5, 19);
  kernels.dropoutMask(mask.at, mask.ld, 5, 19, 0.3, 1543306691);
  expectMatrix(mask, (feature, n) => (kept[feature][n] === '1' ? Math.fround(1 / 0.7) : 0), 0);
  kernels.dropoutMask(mask.at, mask.ld, 5, 19, 0, 1543306691);
  expectMatrix(mask, () => 1, 0);
});
