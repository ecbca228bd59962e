// The two forms of the harness: for figures, and for every run of the tests.

import type { ChaosOptions } from './chaos.ts';
import { type FaultKind, faultKinds } from './schedule.ts';

type Form = Omit<ChaosOptions, 'say'>;

const kinds = Object.keys(faultKinds) as FaultKind[];

/** For minutes to hours. */
export const longForm: Form = {
  seed: 1,
  minutes: 2,
  workers: 8,
  everyMs: 22_000,
  longestFaultMs: 8_000,
  paceMs: 25,
  steps: 300,
  checkpointEvery: 5,
  kinds,
  pauseEveryMinutes: 10,
};

/** Every kind once, in about half a minute. */
export const shortForm: Form = {
  seed: 1,
  minutes: 0.33,
  workers: 4,
  everyMs: 1_500,
  longestFaultMs: 2_000,
  paceMs: 8,
  steps: 60,
  checkpointEvery: 5,
  kinds,
};
