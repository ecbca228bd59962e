// Whether all numbers are finite: zeros, subnormal and largest ones are, infinities and NaN at any place are not.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clear, expectGapsUntouched, halves, kernels, vector } from './workbench.ts';

beforeEach(clear);
afterEach(expectGapsUntouched);

const floatOf = (bits: number) => new Float32Array(Uint32Array.of(bits).buffer)[0];

const formats = [
  {
    name: 'float32',
    kernel: kernels.allFinite,
    place: (size: number, bits: (i: number) => number) => vector(size, (i) => floatOf(bits(i))),
    infinity: 0x7f800000,
    sign: 0x80000000,
  },
  { name: 'float16', kernel: kernels.allFiniteFloat16, place: halves, infinity: 0x7c00, sign: 0x8000 },
  { name: 'bfloat16', kernel: kernels.allFiniteBfloat16, place: halves, infinity: 0x7f80, sign: 0x8000 },
];

describe.each(formats)('$name', ({ kernel, place, infinity, sign }) => {
  const fraction = (infinity & -infinity) - 1;
  const both = (bits: number) => [bits, bits + sign];
  const finite = [0, 1, fraction, fraction + 1, infinity >> 1, infinity - 1].flatMap(both);
  const notFinite = [infinity, infinity + 1, infinity + fraction].flatMap(both);

  /** Of n numbers with infinities behind them. */
  function allFinite(n: number, bits: (i: number) => number): number {
    clear();
    return kernel(n, place(n + 8, (i) => (i < n ? bits(i) : infinity)).at);
  }

  test.each([0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 33])('%i numbers', (n) => {
    for (const first of finite.keys()) {
      expect(allFinite(n, (i) => finite[(first + i) % finite.length])).toBe(1);
    }
    for (let at = 0; at < n; at++) {
      const found = notFinite.map((bits) => allFinite(n, (i) => (i === at ? bits : finite[i % finite.length])));
      expect(found).toEqual(notFinite.map(() => 0));
    }
  });
});
