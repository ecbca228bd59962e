// The rate of log lines: a burst, then so many a second, and never more after a pause.

import { expect, test } from 'vitest';
import { RateLimit } from './log-limits.ts';

test('lets a burst through, then so many a second, however the calls are cut', () => {
  const limit = new RateLimit({ burst: 10, perSecond: 4 });
  expect(limit.take(7, 5)).toBe(7);
  expect(limit.take(7, 5)).toBe(3);
  expect(limit.take(1, 100)).toBe(0);
  expect(limit.take(1, 255)).toBe(1);
  let taken = 0;
  for (let nowMs = 260; nowMs <= 5255; nowMs += 5) taken += limit.take(3, nowMs);
  expect(taken).toBe(20);
});

test('a long pause is worth a burst, and no more', () => {
  const limit = new RateLimit({ burst: 10, perSecond: 4 });
  limit.take(10, 0);
  expect(limit.take(100, 3_600_000)).toBe(10);
});
