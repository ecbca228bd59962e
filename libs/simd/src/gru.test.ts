// The steps of both GRUs, forward and backward, beside the same formulas in double precision.

import { afterEach, beforeEach, describe, test } from 'vitest';
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

describe.each(cases)('hidden $hidden, batch $batch, lengths $masked', ({ hidden, batch, t, inside, lengths }) => {
  const random = noise(hidden * batch, 3);

  test('reset after, forward', () => {
    const [gates, q] = [matrix(3 * hidden, batch, random), matrix(3 * hidden, batch, random, 1)];
    const [sums, recurrent] = [snapshot(gates), snapshot(q)];
    const [biasIh, biasHh] = [vector(3 * hidden, random), vector(3 * hidden, random)];
    const [h0, h] = [matrix(hidden, batch, random), matrix(hidden, batch)];
    kernels.gruAfterForward(
      ...([hidden, batch, gates.at, gates.ld, q.at, q.ld, biasIh.at, biasHh.at] as const),
      ...([h0.at, h0.ld, h.at, h.ld, lengths(), t] as const),
    );
    const input = (gate: number, row: number, b: number) =>
      sums(gate * hidden + row, b) + biasIh.get(0, gate * hidden + row);
    const state = (gate: number, row: number, b: number) =>
      recurrent(gate * hidden + row, b) + biasHh.get(0, gate * hidden + row);
    const r = (row: number, b: number) => sigmoid(input(0, row, b) + state(0, row, b));
    const z = (row: number, b: number) => sigmoid(input(1, row, b) + state(1, row, b));
    const n = (row: number, b: number) => Math.tanh(input(2, row, b) + r(row, b) * state(2, row, b));
    expectMatrix(gates, (row, b) => (inside(b) ? [r, z, n][Math.floor(row / hidden)](row % hidden, b) : 0));
    expectMatrix(q, (row, b) => {
      if (row < 2 * hidden) return recurrent(row, b);
      return inside(b) ? state(2, row - 2 * hidden, b) : 0;
    });
    expectMatrix(h, (row, b) =>
      inside(b) ? (1 - z(row, b)) * n(row, b) + z(row, b) * h0.get(row, b) : h0.get(row, b),
    );
  });

  test('reset after, backward', () => {
    const [gates, q] = [matrix(3 * hidden, batch, random), matrix(3 * hidden, batch, random, 1)];
    const [before, recurrent] = [snapshot(gates), snapshot(q)];
    const [h0, dy, dh] = [1, 2, 3].map((gap) => matrix(hidden, batch, random, gap));
    const dhLater = snapshot(dh);
    kernels.gruAfterBackward(
      ...([hidden, batch, gates.at, gates.ld, q.at, q.ld, h0.at, h0.ld] as const),
      ...([dy.at, dy.ld, dh.at, dh.ld, lengths(), t] as const),
    );
    const derivatives = (row: number, b: number) => {
      const [r, z, n] = [0, 1, 2].map((gate) => before(gate * hidden + row, b));
      const dState = dhLater(row, b) + dy.get(row, b);
      const dn = dState * (1 - z) * (1 - n * n);
      const dr = dn * recurrent(2 * hidden + row, b) * r * (1 - r);
      return { dr, dz: dState * (h0.get(row, b) - n) * z * (1 - z), dn, dq: dn * r, direct: dState * z };
    };
    const of = (row: number, b: number) => derivatives(row % hidden, b);
    const gateOf = (row: number) => Math.floor(row / hidden);
    expectMatrix(gates, (row, b) => (inside(b) ? [of(row, b).dr, of(row, b).dz, of(row, b).dn][gateOf(row)] : 0), 1e-5);
    expectMatrix(q, (row, b) => (inside(b) ? [of(row, b).dr, of(row, b).dz, of(row, b).dq][gateOf(row)] : 0), 1e-5);
    expectMatrix(dh, (row, b) => (inside(b) ? of(row, b).direct : dhLater(row, b)));
  });

  test('reset before, forward', () => {
    const gates = matrix(3 * hidden, batch, random);
    const sums = snapshot(gates);
    const bias = vector(3 * hidden, random);
    const [h0, h, reset] = [matrix(hidden, batch, random), matrix(hidden, batch), matrix(hidden, batch, undefined, 1)];
    kernels.gruBeforeGatesForward(
      ...([hidden, batch, gates.at, gates.ld, bias.at, h0.at, h0.ld, reset.at, reset.ld] as const),
    );
    const [r, z, n] = [sigmoid, sigmoid, Math.tanh].map((activation, gate) => {
      return (row: number, b: number) => activation(sums(gate * hidden + row, b) + bias.get(0, gate * hidden + row));
    });
    expectMatrix(reset, (row, b) => r(row, b) * h0.get(row, b));
    kernels.gruBeforeOutputForward(
      ...([hidden, batch, gates.at, gates.ld, bias.at, h0.at, h0.ld, h.at, h.ld, lengths(), t] as const),
    );
    expectMatrix(gates, (row, b) => (inside(b) ? [r, z, n][Math.floor(row / hidden)](row % hidden, b) : 0));
    expectMatrix(h, (row, b) =>
      inside(b) ? (1 - z(row, b)) * n(row, b) + z(row, b) * h0.get(row, b) : h0.get(row, b),
    );
  });

  test('reset before, backward', () => {
    // Past a length the forward pass leaves zeros.
    const gates = matrix(3 * hidden, batch, (_, b) => (inside(b) ? random() : 0));
    const before = snapshot(gates);
    const [h0, dy, dh] = [1, 2, 3].map((gap) => matrix(hidden, batch, random, gap));
    const dhLater = snapshot(dh);
    kernels.gruBeforeOutputBackward(
      ...([hidden, batch, gates.at, gates.ld, h0.at, h0.ld, dy.at, dy.ld, dh.at, dh.ld, lengths(), t] as const),
    );
    const dState = (row: number, b: number) => dhLater(row, b) + dy.get(row, b);
    const direct = (row: number, b: number) => dState(row, b) * before(hidden + row, b);
    expectMatrix(dh, (row, b) => (inside(b) ? direct(row, b) : dhLater(row, b)));
    const dReset = matrix(hidden, batch, (_, b) => (inside(b) ? random() : 0), 2);
    kernels.gruBeforeGatesBackward(
      ...([hidden, batch, gates.at, gates.ld, h0.at, h0.ld, dReset.at, dReset.ld, dh.at, dh.ld] as const),
    );
    expectMatrix(
      gates,
      (gateRow, b) => {
        const row = gateRow % hidden;
        const [r, z, n] = [0, 1, 2].map((gate) => before(gate * hidden + row, b));
        return [
          dReset.get(row, b) * h0.get(row, b) * r * (1 - r),
          inside(b) ? dState(row, b) * (h0.get(row, b) - n) * z * (1 - z) : 0,
          inside(b) ? dState(row, b) * (1 - z) * (1 - n * n) : 0,
        ][Math.floor(gateRow / hidden)];
      },
      1e-5,
    );
    expectMatrix(dh, (row, b) => (inside(b) ? direct(row, b) + dReset.get(row, b) * before(row, b) : dhLater(row, b)));
  });
});
