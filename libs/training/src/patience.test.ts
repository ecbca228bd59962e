// Early stopping: when a run has got no better for long enough.

import { expect, test } from 'vitest';
import { isExhausted, rankOf } from './patience.ts';

test('a lower loss and a higher accuracy are better', () => {
  expect(rankOf('loss', 1)).toBeLessThan(rankOf('loss', 2));
  expect(rankOf('accuracy', 0.9)).toBeLessThan(rankOf('accuracy', 0.8));
});

test('a run ends after as many validations without a better one as patience says', () => {
  const ends = [3, 2, 2.5, 2, 1.9, 2, 2, 2].map((_, i, all) => isExhausted(all.slice(0, i + 1), 2));
  expect(ends).toEqual([false, false, false, true, false, false, true, true]);
});

test('what is not finite is never the best one', () => {
  expect(isExhausted([Number.NaN, Number.POSITIVE_INFINITY], 2)).toBe(true);
  expect(isExhausted([Number.NaN, 1], 2)).toBe(false);
});
