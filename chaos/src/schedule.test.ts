// The schedule of faults: repeatable, every kind in it, nobody struck twice at once.

import { expect, test } from 'vitest';
import { drawSchedule, type FaultKind, faultKinds, isCoordinators } from './schedule.ts';

const kinds = Object.keys(faultKinds) as FaultKind[];
const options = { forMs: 1_800_000, everyMs: 22_000, longestMs: 8_000, workers: 8, kinds };

test('a seed draws one schedule, another seed another', () => {
  const [one, again, other] = [1, 1, 2].map((seed) => drawSchedule({ ...options, seed }));
  expect(one).toEqual(again);
  expect(one).not.toEqual(other);
});

test.each([1, 2, 3, 4, 5])('half an hour has over 60 faults, of every kind: seed %i', (seed) => {
  const faults = drawSchedule({ ...options, seed });
  expect(faults.length).toBeGreaterThan(60);
  expect(new Set(faults.slice(0, kinds.length).map(({ kind }) => kind))).toEqual(new Set(kinds));
  const times = faults.map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('a worker has one fault at a time', () => {
  const faults = drawSchedule({ ...options, everyMs: 3_000, seed: 1 });
  for (let worker = 0; worker < options.workers; worker++) {
    const own = faults.filter(
      ({ kind, worker: of }) => of === worker && !isCoordinators(kind) && kind !== 'worker-clock',
    );
    own.slice(1).forEach(({ atMs }, i) => {
      expect(atMs).toBeGreaterThanOrEqual(own[i].atMs + own[i].durationMs);
    });
  }
});

test('only the kinds that were asked for', () => {
  const faults = drawSchedule({ ...options, kinds: ['partition'], seed: 1 });
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['partition']));
});
