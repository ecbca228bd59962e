// The checksum by hand.

import { expect, test } from 'vitest';
import { tensorsChecksum } from './checksum.ts';
import { modelArrays } from './workbench.ts';

// sha256sum of 00 00 80 3f 00 00 00 40: the floats 1 and 2.
const oneAndTwo = 'b9c80b5adeca450753a16950c3cc655d271f7bef7a485bc83f112b72fef21d37';

test('is over little-endian bytes in order of name', () => {
  expect(tensorsChecksum({ b: Float32Array.of(2), a: Float32Array.of(1) })).toBe(oneAndTwo);
  expect(tensorsChecksum({ a: Float32Array.of(1), b: Float32Array.of(2) })).toBe(oneAndTwo);
});

test('of a slot is over its own bytes, without what lies between parameters', () => {
  const arrays = modelArrays({ b: 1, a: 1 }, { slots: 1 });
  arrays.put(0, 'a', Float32Array.of(1));
  arrays.put(0, 'b', Float32Array.of(2));
  expect(tensorsChecksum(arrays.slot(0))).toBe(oneAndTwo);
});

test('of 16 bits', () => {
  const arrays = modelArrays({ a: 2, b: 2 }, { slots: 1, format: { type: 'bfloat16', exponent: 0 } });
  // 00 00 80 3f and 00 00 00 40 again, as pairs of bfloat16: 0 and 1, 0 and 2.
  arrays.put(0, 'a', Float32Array.of(0, 1));
  arrays.put(0, 'b', Float32Array.of(0, 2));
  expect(tensorsChecksum(arrays.slot(0))).toBe(oneAndTwo);
});
