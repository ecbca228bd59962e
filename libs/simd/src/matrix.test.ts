// Strided elementwise work, row sums and transposition beside plain loops.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  clear,
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

const shapes = [1, 2, 3, 4, 5, 16, 19, 33].flatMap((columns) => [1, 4, 7].map((rows) => ({ rows, columns })));

describe.each(shapes)('$rows x $columns', ({ rows, columns }) => {
  const random = noise(rows * columns);
  const rounded = (value: number) => Math.fround(value);

  test('sums and products, in place too', () => {
    const [a, b] = [matrix(rows, columns, random), matrix(rows, columns, random, 1)];
    const y = matrix(rows, columns, undefined, 2);
    kernels.add(a.at, a.ld, b.at, b.ld, rows, columns, y.at, y.ld);
    expectMatrix(y, (row, column) => rounded(a.get(row, column) + b.get(row, column)), 0);
    kernels.multiply(a.at, a.ld, b.at, b.ld, rows, columns, y.at, y.ld);
    expectMatrix(y, (row, column) => rounded(a.get(row, column) * b.get(row, column)), 0);
    const before = snapshot(a);
    kernels.add(a.at, a.ld, b.at, b.ld, rows, columns, a.at, a.ld);
    expectMatrix(a, (row, column) => rounded(before(row, column) + b.get(row, column)), 0);
  });

  test('biases and row sums', () => {
    const x = matrix(rows, columns, random);
    const before = snapshot(x);
    const [bias, sums] = [vector(rows, random), vector(rows)];
    kernels.rowSums(x.at, x.ld, rows, columns, sums.at);
    expectMatrix(sums, (_, row) => {
      let sum = 0;
      for (let column = 0; column < columns; column++) sum += x.get(row, column);
      return sum;
    });
    kernels.addBias(x.at, x.ld, rows, columns, bias.at);
    expectMatrix(x, (row, column) => rounded(before(row, column) + bias.get(0, row)), 0);
  });

  test('transposition, copies and fills', () => {
    const x = matrix(rows, columns, random);
    const [turned, copied] = [matrix(columns, rows), matrix(rows, columns, undefined, 1)];
    kernels.transpose(x.at, x.ld, rows, columns, turned.at, turned.ld);
    expectMatrix(turned, (row, column) => x.get(column, row), 0);
    kernels.copy(x.at, x.ld, rows, columns, copied.at, copied.ld);
    expectMatrix(copied, x.get, 0);
    kernels.fill(copied.at, copied.ld, rows, columns, 2.5);
    expectMatrix(copied, () => 2.5, 0);
  });
});

test('columns past a length become 0, also where they hold NaN', () => {
  const [time, lengths] = [3, [3, 0, 1, 2, 3]];
  const batch = lengths.length;
  const x = matrix(2, time * batch, (row, column) => (column === 1 ? Number.NaN : row + column));
  const y = matrix(2, time * batch);
  const past = (column: number) => Math.floor(column / batch) >= lengths[column % batch];
  kernels.maskColumns(x.at, x.ld, 2, time, batch, integers(lengths), y.at, y.ld);
  expectMatrix(y, (row, column) => (past(column) ? 0 : x.get(row, column)), 0);
});

test('row sums do not depend on where a row lies', () => {
  const random = noise(3);
  const values = Array.from({ length: 37 }, random);
  const x = matrix(5, 37, (_, column) => values[column]);
  const sums = vector(5);
  kernels.rowSums(x.at, x.ld, 5, 37, sums.at);
  expect(new Set([0, 1, 2, 3, 4].map((row) => sums.get(0, row))).size).toBe(1);
});
