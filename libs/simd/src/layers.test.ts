// Activations, normalization and pooling with their gradients, beside plain formulas.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clear, expectGapsUntouched, expectMatrix, integers, kernels, matrix, noise, vector } from './workbench.ts';

beforeEach(clear);
afterEach(expectGapsUntouched);

const shapes = [1, 2, 3, 4, 7, 16, 35].flatMap((columns) => [1, 4, 7].map((rows) => ({ rows, columns })));
const activations = [
  { code: 0, value: Math.tanh, slope: (y: number) => 1 - y * y },
  { code: 1, value: (x: number) => Math.max(x, 0), slope: (y: number) => (y > 0 ? 1 : 0) },
  { code: 2, value: (x: number) => 1 / (1 + Math.exp(-x)), slope: (y: number) => y * (1 - y) },
] as const;

describe.each(shapes)('$rows x $columns', ({ rows, columns }) => {
  const random = noise(rows + 50 * columns, 2);

  test.each(activations)('activation $code', ({ code, value, slope }) => {
    const [x, dy] = [matrix(rows, columns, random), matrix(rows, columns, random, 1)];
    const [y, dx] = [matrix(rows, columns), matrix(rows, columns, undefined, 2)];
    kernels.activation(code, x.at, x.ld, rows, columns, y.at, y.ld);
    expectMatrix(y, (row, column) => value(x.get(row, column)));
    kernels.activationGradient(code, y.at, y.ld, dy.at, dy.ld, rows, columns, dx.at, dx.ld);
    expectMatrix(dx, (row, column) => dy.get(row, column) * slope(y.get(row, column)));
  });

  test('layer normalization of columns', () => {
    const [x, dy] = [matrix(rows, columns, random), matrix(rows, columns, random, 1)];
    const [y, dx] = [matrix(rows, columns), matrix(rows, columns, undefined, 2)];
    const [gain, bias, dGain] = [vector(rows, random), vector(rows, random), vector(rows)];
    const [mean, inverse] = [vector(columns), vector(columns)];
    const epsilon = 0.25; // an F of 1 has no variance
    const average = (of: (row: number) => number) =>
      Array.from({ length: rows }, (_, row) => of(row)).reduce((sum, value) => sum + value, 0) / rows;
    kernels.columnMoments(x.at, x.ld, rows, columns, epsilon, mean.at, inverse.at);
    expectMatrix(mean, (_, column) => average((row) => x.get(row, column)));
    const variance = (column: number) => average((row) => (x.get(row, column) - mean.get(0, column)) ** 2);
    expectMatrix(inverse, (_, column) => 1 / Math.sqrt(variance(column) + epsilon));
    const normal = (row: number, column: number) => (x.get(row, column) - mean.get(0, column)) * inverse.get(0, column);

    const moments = [mean.at, inverse.at] as const;
    kernels.layerNorm(x.at, x.ld, rows, columns, ...moments, gain.at, bias.at, y.at, y.ld);
    expectMatrix(y, (row, column) => gain.get(0, row) * normal(row, column) + bias.get(0, row));

    const operands = [x.at, x.ld, dy.at, dy.ld, rows, columns, ...moments] as const;
    const [dBias, averages, along] = [vector(rows), vector(columns), vector(columns)];
    kernels.layerNormSums(...operands, gain.at, dGain.at, dBias.at, averages.at, along.at);
    kernels.layerNormGradient(...operands, gain.at, averages.at, along.at, dx.at, dx.ld);
    const g = (row: number, column: number) => gain.get(0, row) * dy.get(row, column);
    expectMatrix(dx, (row, column) => {
      const part = normal(row, column) * average((other) => g(other, column) * normal(other, column));
      return inverse.get(0, column) * (g(row, column) - average((other) => g(other, column)) - part);
    });
    const total = (of: (column: number) => number) =>
      Array.from({ length: columns }, (_, column) => of(column)).reduce((sum, value) => sum + value, 0);
    expectMatrix(dGain, (_, row) => total((column) => dy.get(row, column) * normal(row, column)), 1e-5);
    expectMatrix(dBias, (_, row) => total((column) => dy.get(row, column)), 1e-5);
  });
});

const pools = [1, 3, 4, 18].flatMap((batch) =>
  [1, 5].flatMap((time) => [false, true].map((masked) => ({ batch, time, masked }))),
);

describe.each(pools)('pooling $batch sequences of $time steps, lengths $masked', ({ batch, time, masked }) => {
  const rows = 3;
  const random = noise(batch + 10 * time);
  const lengthOf = (b: number) => (masked ? b % (time + 1) : time);
  const lengths = () => (masked ? integers(Array.from({ length: batch }, (_, b) => lengthOf(b))) : 0);
  // Steps of few different values; past a length there is NaN.
  const values = () =>
    matrix(rows, time * batch, (_, column) =>
      Math.floor(column / batch) < lengthOf(column % batch) ? Math.floor(3 * random()) : Number.NaN,
    );

  test('the mean', () => {
    const [x, dy] = [values(), matrix(rows, batch, random, 1)];
    const [y, dx] = [matrix(rows, batch), matrix(rows, time * batch, undefined, 2)];
    kernels.pool(0, x.at, x.ld, rows, time, batch, lengths(), y.at, y.ld);
    expectMatrix(y, (row, b) => {
      let sum = 0;
      for (let t = 0; t < lengthOf(b); t++) sum += x.get(row, t * batch + b);
      return sum / Math.max(lengthOf(b), 1);
    });
    const operands = [x.at, x.ld, y.at, y.ld, dy.at, dy.ld, rows, time, batch] as const;
    kernels.poolGradient(0, ...operands, lengths(), dx.at, dx.ld);
    expectMatrix(dx, (row, column) => {
      const b = column % batch;
      return Math.floor(column / batch) < lengthOf(b) ? dy.get(row, b) / lengthOf(b) : 0;
    });
  });

  test('the largest, whose first place gets the derivative', () => {
    const [x, dy] = [values(), matrix(rows, batch, random, 1)];
    const [y, dx] = [matrix(rows, batch), matrix(rows, time * batch, undefined, 2)];
    const steps = (row: number, b: number) => Array.from({ length: lengthOf(b) }, (_, t) => x.get(row, t * batch + b));
    kernels.pool(1, x.at, x.ld, rows, time, batch, lengths(), y.at, y.ld);
    expectMatrix(y, (row, b) => (lengthOf(b) === 0 ? 0 : Math.max(...steps(row, b))), 0);
    const operands = [x.at, x.ld, y.at, y.ld, dy.at, dy.ld, rows, time, batch] as const;
    kernels.poolGradient(1, ...operands, lengths(), dx.at, dx.ld);
    const expected = (row: number, column: number) => {
      const [t, b] = [Math.floor(column / batch), column % batch];
      return steps(row, b).indexOf(Math.max(...steps(row, b))) === t ? dy.get(row, b) : 0;
    };
    expectMatrix(dx, expected, 0);
  });
});

test('NaN is the largest of its steps', () => {
  const x = matrix(1, 6, (_, column) => (column === 3 ? Number.NaN : column)); // 3 steps of 2 sequences
  const y = matrix(1, 2);
  kernels.pool(1, x.at, x.ld, 1, 3, 2, 0, y.at, y.ld);
  expect([y.get(0, 0), y.get(0, 1)]).toEqual([4, Number.NaN]);
});

test('columns do not depend on the columns beside them', () => {
  const random = noise(4);
  const values = Array.from({ length: 7 }, random);
  const x = matrix(7, 6, (row) => values[row]);
  const [mean, inverse] = [vector(6), vector(6)];
  kernels.columnMoments(x.at, x.ld, 7, 6, 1e-5, mean.at, inverse.at);
  for (const moments of [mean, inverse]) {
    const first = moments.get(0, 0);
    expectMatrix(moments, () => first, 0);
  }
});
