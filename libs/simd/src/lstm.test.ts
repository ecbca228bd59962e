// An LSTM's step, forward and backward, beside the same formulas in double precision.

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

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe.each(cases)(
  'hidden $hidden, batch $batch, lengths $masked',
  ({ hidden, batch, masked, t, inside, lengths }) => {
    test('forward', () => {
      const random = noise(hidden * batch, 4);
      const gates = matrix(4 * hidden, batch, random);
      const sums = snapshot(gates);
      const bias = vector(4 * hidden, random);
      const [c0, h0] = [matrix(hidden, batch, random, 1), matrix(hidden, batch, random, 2)];
      const [c, tanhC, h] = [matrix(hidden, batch), matrix(hidden, batch, undefined, 5), matrix(hidden, batch)];
      kernels.lstmForward(
        ...([hidden, batch, gates.at, gates.ld, bias.at, c0.at, c0.ld, h0.at, h0.ld, c.at, c.ld] as const),
        ...([tanhC.at, tanhC.ld, h.at, h.ld, lengths(), t] as const),
      );
      const gate = (g: number, row: number, column: number) => {
        const sum = sums(g * hidden + row, column) + bias.get(0, g * hidden + row);
        return g === 2 ? Math.tanh(sum) : sigmoid(sum);
      };
      const cell = (row: number, b: number) => gate(1, row, b) * c0.get(row, b) + gate(0, row, b) * gate(2, row, b);
      expectMatrix(gates, (row, b) => (inside(b) ? gate(Math.floor(row / hidden), row % hidden, b) : 0));
      expectMatrix(c, (row, b) => (inside(b) ? cell(row, b) : c0.get(row, b)));
      expectMatrix(tanhC, (row, b) => (inside(b) ? Math.tanh(cell(row, b)) : 0));
      expectMatrix(h, (row, b) => (inside(b) ? gate(3, row, b) * Math.tanh(cell(row, b)) : h0.get(row, b)));
    });

    test('backward', () => {
      const random = noise(hidden + batch);
      const gates = matrix(4 * hidden, batch, random);
      const before = snapshot(gates);
      const [c0, tanhC, dy] = [1, 2, 3].map((gap) => matrix(hidden, batch, random, gap));
      const [dh, dc] = [matrix(hidden, batch, random), matrix(hidden, batch, random)];
      const [dhLater, dcLater] = [snapshot(dh), snapshot(dc)];
      kernels.lstmBackward(
        ...([hidden, batch, gates.at, gates.ld, c0.at, c0.ld, tanhC.at, tanhC.ld, dy.at, dy.ld] as const),
        ...([dh.at, dh.ld, dc.at, dc.ld, lengths(), t] as const),
      );
      const dState = (row: number, b: number) => dhLater(row, b) + dy.get(row, b);
      const dCell = (row: number, b: number) =>
        dcLater(row, b) + dState(row, b) * before(3 * hidden + row, b) * (1 - tanhC.get(row, b) ** 2);
      expectMatrix(gates, (gateRow, b) => {
        if (!inside(b)) return 0;
        const row = gateRow % hidden;
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) => before(gate * hidden + row, b));
        return [
          dCell(row, b) * g * i * (1 - i),
          dCell(row, b) * c0.get(row, b) * f * (1 - f),
          dCell(row, b) * i * (1 - g * g),
          dState(row, b) * tanhC.get(row, b) * o * (1 - o),
        ][Math.floor(gateRow / hidden)];
      });
      expectMatrix(dc, (row, b) => (inside(b) ? dCell(row, b) * before(hidden + row, b) : dcLater(row, b)));
      expectMatrix(dh, (row, b) => (masked && inside(b) ? 0 : dhLater(row, b)));
    });
  },
);

test('NaN in one column stays there', () => {
  const gates = matrix(4, 6, (row, column) => (row === 1 && column === 2 ? Number.NaN : 0.5));
  const zeros = () => matrix(1, 6, () => 0);
  const [bias, c0, h0, c, tanhC, h] = [vector(4, () => 0), zeros(), zeros(), zeros(), zeros(), zeros()];
  kernels.lstmForward(
    ...([1, 6, gates.at, gates.ld, bias.at, c0.at, c0.ld, h0.at, h0.ld, c.at, c.ld] as const),
    ...([tanhC.at, tanhC.ld, h.at, h.ld, 0, 0] as const),
  );
  expect([0, 1, 2, 3, 4, 5].map((column) => Number.isNaN(h.get(0, column)))).toEqual([0, 0, 1, 0, 0, 0].map(Boolean));
});
