// The coefficient by hand.

import { expect, test } from 'vitest';
import { clipCoefficient } from './clip.ts';

test('the coefficient never scales up', () => {
  expect(clipCoefficient(0.5, 1)).toBe(1);
  expect(clipCoefficient(0, 1)).toBe(1);
  expect(clipCoefficient(4, 1)).toBe(1 / (4 + 1e-6));
});
