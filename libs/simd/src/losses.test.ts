// Weighted cross-entropy and regression losses with their gradients, beside plain loops in double precision.

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

const sizes = [1, 3, 4, 7, 18];

describe.each(sizes.flatMap((n) => [1, 5, 70].map((v) => ({ n, v }))))(
  'weighted cross-entropy of $n over $v',
  ({ n, v }) => {
    const random = noise(n + 50 * v, 4);
    const targets = Array.from({ length: n }, (_, i) => (i % 4 === 3 ? -1 : (i * 7) % v));

    test.each([0, 0.3])('smoothing %f', (smoothing) => {
      const logits = matrix(v, n, random);
      const weights = vector(v, (i) => (i % 3) + 0.25);
      const [lse, factors, sums] = [vector(n), vector(n), doublesAt(2)];
      const at = integers(targets);
      const operands = [logits.at, logits.ld, v, n, at, lse.at] as const;
      kernels.crossEntropy(...operands, sums.at);
      kernels.weightedCrossEntropy(...operands, weights.at, smoothing, sums.at);

      const rows = Array.from({ length: v }, (_, row) => row);
      const values = snapshot(logits);
      const logTotal = (column: number) => Math.log(rows.reduce((sum, row) => sum + Math.exp(values(row, column)), 0));
      const weight = (row: number) => weights.get(0, row);
      const total = rows.reduce((sum, row) => sum + weight(row), 0);
      let [loss, divisor] = [0, 0];
      targets.forEach((target, column) => {
        if (target < 0) return;
        const of = (row: number) => weight(row) * (logTotal(column) - values(row, column));
        loss += (1 - smoothing) * of(target) + (smoothing / v) * rows.reduce((sum, row) => sum + of(row), 0);
        divisor += weight(target);
      });
      expect(Math.abs(sums.get(0) - loss)).toBeLessThan(1e-5 * (1 + loss));
      expect(sums.get(1)).toBeCloseTo(divisor, 10);

      const scale = 0.5;
      kernels.weightedCrossEntropyGradient(
        ...operands,
        ...([weights.at, smoothing, scale, factors.at, logits.at, logits.ld] as const),
      );
      expectMatrix(
        logits,
        (row, column) => {
          const target = targets[column];
          if (target < 0) return 0;
          const share = Math.exp(values(row, column) - logTotal(column));
          const own = (1 - smoothing) * weight(target) * (share - (row === target ? 1 : 0));
          return scale * (own + (smoothing / v) * (share * total - weight(row)));
        },
        3e-6,
      );
    });
  },
);

const kinds = [
  { kind: 0, distance: (d: number) => d * d, slope: (d: number) => 2 * d },
  { kind: 1, distance: Math.abs, slope: Math.sign },
  {
    kind: 2,
    distance: (d: number) => (Math.abs(d) <= 0.5 ? (d * d) / 2 : 0.5 * (Math.abs(d) - 0.25)),
    slope: (d: number) => Math.max(-0.5, Math.min(0.5, d)),
  },
] as const;

describe.each(kinds)('regression, kind $kind', ({ kind, distance, slope }) => {
  test.each(sizes)('of %i columns', (n) => {
    const random = noise(n);
    const [y, targets] = [matrix(3, n, random, 1), matrix(3, n, random, 2)];
    const weights = matrix(3, n, (row, column) => (column % 3 === 2 ? 0 : 0.5 + row));
    // Where nothing counts, a target whose square is beyond single precision; and one that is met.
    const wild = matrix(3, n, (row, column) =>
      column % 3 === 2 ? -3e38 : column === 1 ? y.get(row, 1) : targets.get(row, column),
    );
    const [dY, sums] = [matrix(3, n), doublesAt(2)];
    const operands = [kind, 0.5, y.at, y.ld, wild.at, wild.ld, weights.at, weights.ld, 3, n] as const;
    kernels.regressionLoss(...operands, sums.at);
    kernels.regressionLossGradient(...operands, 0.25, dY.at, dY.ld);
    const d = (row: number, column: number) => y.get(row, column) - wild.get(row, column);
    let [loss, divisor] = [0, 0];
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < n; column++) {
        const weight = weights.get(row, column);
        divisor += weight;
        if (weight > 0) loss += weight * distance(d(row, column));
      }
    }
    expect(sums.get(0)).toBeCloseTo(loss, 4);
    expect(sums.get(1)).toBe(divisor);
    expectMatrix(dY, (row, column) => {
      const weight = weights.get(row, column);
      return weight === 0 ? 0 : 0.25 * weight * slope(d(row, column));
    });
  });
});
