// The line that tells where a run's time went.

import { expect, test } from 'vitest';
import { phasesSummary } from './step-phases.ts';

test('shares of all steps together; a validation does not count', () => {
  const step = { seconds: 0.1, wait: 0.01, send: 0.02, compute: 0.06, sum: 0, optimizer: 0.01 };
  const long = { seconds: 0.3, wait: 0.03, send: 0.02, compute: 0.22, sum: 0.01, optimizer: 0.02 };
  expect(phasesSummary([step, long, { seconds: 7 }])).toBe(
    '200.0 ms a step: wait 10 %, send 10 %, compute 70 %, sum 3 %, optimizer 8 %',
  );
});

test('a run whose lines do not tell', () => {
  expect(phasesSummary([{ seconds: 1 }])).toBeUndefined();
  expect(phasesSummary([])).toBeUndefined();
});
