// What lies around an LSTM's projection, beside plain loops.

import { afterEach, beforeEach, describe, test } from 'vitest';
import { cases, clear, expectGapsUntouched, expectMatrix, kernels, matrix, noise, snapshot } from './workbench.ts';

beforeEach(clear);
afterEach(expectGapsUntouched);

describe.each(cases)(
  'state $hidden, batch $batch, lengths $masked',
  ({ hidden, batch, masked, t, inside, lengths }) => {
    const random = noise(hidden * batch);

    test.runIf(masked)('forward: past a length the state stands still', () => {
      const [h0, h] = [matrix(hidden, batch, random, 1), matrix(hidden, batch, random)];
      const projected = snapshot(h);
      kernels.projectionForward(hidden, batch, h0.at, h0.ld, h.at, h.ld, lengths(), t);
      expectMatrix(h, (row, b) => (inside(b) ? projected(row, b) : h0.get(row, b)), 0);
    });

    test('backward', () => {
      const [dy, dh, dState] = [
        matrix(hidden, batch, random, 1),
        matrix(hidden, batch, random, 2),
        matrix(hidden, batch),
      ];
      const later = snapshot(dh);
      const cotangents = [dy.at, dy.ld, dh.at, dh.ld, dState.at, dState.ld] as const;
      kernels.projectionBackward(hidden, batch, ...cotangents, lengths(), t);
      expectMatrix(dState, (row, b) => (inside(b) ? later(row, b) + dy.get(row, b) : 0), 1e-7);
      expectMatrix(dh, (row, b) => (masked && inside(b) ? 0 : later(row, b)), 0);
    });
  },
);
