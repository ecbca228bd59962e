// Memory in turn: what is given out again, and when.

import { expect, test } from 'vitest';
import { TensorPool } from './tensor-pool.ts';

const place = (pool: TensorPool, name: string, bytes: number) => pool.place({ name }, bytes);

test('two generations: the second leaves the first alone, the third is the first', () => {
  const pool = new TensorPool(2);
  const first = place(pool, 'w', 8).fill(1);
  const second = place(pool, 'w', 8).fill(2);
  expect(first).toEqual(new Uint8Array(8).fill(1));
  expect(first.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(second.buffer).not.toBe(first.buffer);
  expect(place(pool, 'w', 8)).toBe(first);
  expect(place(pool, 'w', 8)).toBe(second);
});

test('every name has its turns', () => {
  const pool = new TensorPool(2);
  const w = place(pool, 'w', 8);
  const b = place(pool, 'b', 8);
  expect(b.buffer).not.toBe(w.buffer);
  place(pool, 'w', 8);
  expect(place(pool, 'w', 8)).toBe(w);
});

test('another size starts anew', () => {
  const pool = new TensorPool(2);
  const small = place(pool, 'w', 8);
  expect(place(pool, 'w', 12)).toHaveLength(12);
  expect(place(pool, 'w', 8).buffer).not.toBe(small.buffer);
});
