// Learning rates by hand.

import type { ScheduleSpec } from '@rondo/spec';
import { describe, expect, test } from 'vitest';
import { learningRateAt } from './schedule.ts';

const rates = (schedule: ScheduleSpec, steps: readonly number[], total = 10) =>
  steps.map((step) => learningRateAt(step, 0.8, schedule, total));

/** Within the last few bits. */
const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 14));

describe('learningRateAt', () => {
  test('constant, with and without warm-up', () => {
    expect(rates({ name: 'constant', warmup: 0 }, [1, 2, 99])).toEqual([0.8, 0.8, 0.8]);
    expect(rates({ name: 'constant', warmup: 4 }, [1, 2, 4, 5])).toEqual([0.2, 0.4, 0.8, 0.8]);
  });

  test('linear starts full after the warm-up and ends at 0 beyond the last step', () => {
    const schedule = { name: 'linear', warmup: 2 } as const;
    expect(rates(schedule, [2, 3, 4, 10, 11])).toEqual(near([0.8, 0.8, 0.7, 0.1, 0]));
  });

  test('cosine goes through the half in the middle', () => {
    const schedule = { name: 'cosine', warmup: 2 } as const;
    expect(rates(schedule, [3, 7, 10, 11, 99])).toEqual(
      near([0.8, 0.4, 0.4 * (1 + Math.cos((7 / 8) * Math.PI)), 0, 0]),
    );
  });

  test('the schedule has its own number of steps', () => {
    expect(rates({ name: 'linear', warmup: 0, steps: 4 }, [1, 2, 4, 5])).toEqual(near([0.8, 0.6, 0.2, 0]));
    expect(rates({ name: 'cosine', warmup: 0, steps: 4 }, [3, 5], 1000)).toEqual(near([0.4, 0]));
  });

  test('step multiplies every few steps after the warm-up', () => {
    const schedule = { name: 'step', warmup: 1, every: 2, gamma: 0.5 } as const;
    expect(rates(schedule, [1, 2, 3, 4, 5, 6])).toEqual([0.8, 0.8, 0.8, 0.4, 0.4, 0.2]);
  });

  test('a warm-up longer than the run is no fault', () => {
    for (const name of ['linear', 'cosine'] as const) {
      expect(rates({ name, warmup: 16 }, [4, 10, 16, 17])).toEqual(near([0.2, 0.5, 0.8, 0]));
    }
  });
});
