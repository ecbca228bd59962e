// Which steps can be chosen, and how far each pass goes.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseSteps, passesFor, stepsInReach } from './choose-steps.ts';

const extent = { steps: 57, checkpoints: [30, 50, 55], checkpointEvery: 10 };

test('steps in reach follow a kept checkpoint or the beginning, up to where the next was due', () => {
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  expect(stepsInReach(extent)).toEqual([...range(1, 10), ...range(31, 40), ...range(51, 57)]);
  expect(stepsInReach({ steps: 4, checkpoints: [], checkpointEvery: 10 })).toEqual([1, 2, 3, 4]);
  expect(stepsInReach({ steps: 0, checkpoints: [], checkpointEvery: 10 })).toEqual([]);
});

test('passes begin at the checkpoint before, and end at the next one where it is near', () => {
  expect(passesFor([3, 7, 31, 52, 56], extent)).toEqual([
    { from: 0, to: 7, chosen: [3, 7], endsAtCheckpoint: false },
    { from: 30, to: 31, chosen: [31], endsAtCheckpoint: false },
    { from: 50, to: 55, chosen: [52], endsAtCheckpoint: true },
    { from: 55, to: 56, chosen: [56], endsAtCheckpoint: false },
  ]);
});

test('a seed chooses the same steps each time, distinct, in reach and in one pass', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 40 }), (seed, count) => {
      const chosen = chooseSteps(extent, count, seed);
      expect(chosen).toEqual(chooseSteps(extent, count, seed));
      expect(new Set(chosen).size).toBe(Math.min(count, stepsInReach(extent).length));
      expect(stepsInReach(extent)).toEqual(expect.arrayContaining(chosen));
      expect(passesFor(chosen, extent).flatMap((pass) => pass.chosen)).toEqual(chosen);
    }),
  );
  const several = new Set([1, 2, 3, 4, 5].map((seed) => chooseSteps(extent, 3, seed).join()));
  expect(several.size).toBeGreaterThan(1);
});
