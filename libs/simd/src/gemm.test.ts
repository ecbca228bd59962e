// The matrix product beside plain loops in double precision, and that a block alone has the bits it has among others.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  clear,
  expectGapsUntouched,
  expectMatrix,
  kernels,
  type Matrix,
  matrix,
  noise,
  snapshot,
} from './workbench.ts';

beforeEach(clear);
afterEach(expectGapsUntouched);

type Flag = 0 | 1;
const flags: Flag[] = [0, 1];

/** op(of) at [row, column] */
const at = (of: Matrix, transposed: Flag, row: number, column: number) =>
  transposed ? of.get(column, row) : of.get(row, column);

function product(transA: Flag, transB: Flag, m: number, n: number, k: number, beta: Flag): void {
  const random = noise(m + 41 * n + 1681 * k);
  const a = transA ? matrix(k, m, random) : matrix(m, k, random, 1);
  const b = transB ? matrix(n, k, random, 2) : matrix(k, n, random);
  // With beta 0, c holds NaN: it must not be read.
  const c = matrix(m, n, beta ? random : undefined);
  const before = snapshot(c);
  kernels.gemm(transA, transB, m, n, k, a.at, a.ld, b.at, b.ld, beta, c.at, c.ld);
  const expected = (row: number, column: number) => {
    let sum = beta ? before(row, column) : 0;
    for (let i = 0; i < k; i++) sum += at(a, transA, row, i) * at(b, transB, i, column);
    return sum;
  };
  expectMatrix(c, expected, 4e-7 * Math.sqrt(k + 4));
}

describe.each(flags.flatMap((transA) => flags.map((transB) => ({ transA, transB }))))(
  'transA $transA, transB $transB',
  ({ transA, transB }) => {
    test('any small shape', () => {
      const size = fc.integer({ min: 1, max: 40 });
      fc.assert(
        fc.property(size, size, size, fc.constantFrom(...flags), (m, n, k, beta) => {
          clear();
          product(transA, transB, m, n, k, beta);
          expectGapsUntouched();
        }),
        { numRuns: 60 },
      );
    });

    test.each([
      [4, 8, 257],
      [5, 255, 3],
      [3, 257, 2],
      [9, 265, 513],
    ])('shapes around the blocks: %i x %i x %i', (m, n, k) => {
      product(transA, transB, m, n, k, 0);
      product(transA, transB, m, n, k, 1);
    });

    test('columns and rows alone have the bits they have inside', () => {
      const [m, n, k] = [11, 270, 300];
      const random = noise(5);
      const a = transA ? matrix(k, m, random) : matrix(m, k, random);
      const b = transB ? matrix(n, k, random) : matrix(k, n, random);
      const whole = matrix(m, n);
      kernels.gemm(transA, transB, m, n, k, a.at, a.ld, b.at, b.ld, 0, whole.at, whole.ld);
      for (const [row, column, rows, columns] of [
        [0, 5, 11, 3],
        [1, 250, 5, 17],
        [10, 269, 1, 1],
      ]) {
        const part = matrix(rows, columns);
        const fromA = a.at + 4 * (transA ? row : row * a.ld);
        const fromB = b.at + 4 * (transB ? column * b.ld : column);
        kernels.gemm(transA, transB, rows, columns, k, fromA, a.ld, fromB, b.ld, 0, part.at, part.ld);
        expectMatrix(part, (r, c) => whole.get(row + r, column + c), 0);
      }
    });
  },
);

test('an empty inner size leaves beta · c', () => {
  const c = matrix(3, 5, () => 7);
  kernels.gemm(0, 0, 3, 5, 0, 0, 1, 0, 1, 1, c.at, c.ld);
  expectMatrix(c, () => 7, 0);
  kernels.gemm(0, 0, 3, 5, 0, 0, 1, 0, 1, 0, c.at, c.ld);
  expectMatrix(c, () => 0, 0);
});

test('NaN and infinity reach their own row and column alone', () => {
  const a = matrix(6, 5, (row, column) => (row === 5 && column === 0 ? Number.NaN : 1));
  const b = matrix(5, 9, (row, column) => (row === 4 && column === 8 ? Infinity : 1));
  const c = matrix(6, 9);
  kernels.gemm(0, 0, 6, 9, 5, a.at, a.ld, b.at, b.ld, 0, c.at, c.ld);
  expectMatrix(c, (row, column) => (row === 5 ? Number.NaN : column === 8 ? Infinity : 5), 0);
  expect(c.get(5, 8)).toBeNaN();
});
