// The portable functions against Math's, within a few units of the last place.

import { expect, test } from 'vitest';
import { cosine, power } from './portable.ts';

test('cosine is within 1e-15 of Math.cos on [0, π], and exact where it matters', () => {
  let worst = 0;
  for (let i = 0; i <= 100_000; i++) {
    const x = (Math.PI * i) / 100_000;
    worst = Math.max(worst, Math.abs(cosine(x) - Math.cos(x)));
  }
  expect(worst).toBeLessThan(1e-15);
  expect([cosine(0), cosine(Math.PI)]).toEqual([1, -1]);
});

test.each([0.9, 0.999, 0.5, 0, 1])('power(%s, n) is the n-fold product', (base) => {
  for (const exponent of [0, 1, 2, 3, 7, 64, 1000]) {
    expect(power(base, exponent)).toBeCloseTo(base ** exponent, 13);
  }
  expect(power(base, 0)).toBe(1);
  expect(power(base, 1)).toBe(base);
});

test('power knows exponents beyond 32 bits', () => {
  expect(power(1, 2 ** 40 + 1)).toBe(1);
  expect(power(0.999, 2 ** 40 + 1)).toBe(0);
});
