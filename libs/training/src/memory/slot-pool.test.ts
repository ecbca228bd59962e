// Slots are given out, taken back, and come into being as they are needed.

import { expect, test } from 'vitest';
import { SlotPool, slotsOfNode } from './slot-pool.ts';

test('slots come into being as they are needed, one by one, and are used again', () => {
  const reserved: number[] = [];
  const pool = new SlotPool(3, (slots) => reserved.push(slots));
  expect([pool.take(), pool.take()]).toEqual([0, 1]);
  pool.release(0);
  expect(pool.take()).toBe(0);
  expect(reserved).toEqual([1, 2]);
  expect([pool.take(), pool.take()]).toEqual([2, undefined]);
  pool.release(1);
  expect(pool.take()).toBe(1);
  expect(reserved).toEqual([1, 2, 3]);
});

test('a slot that cannot be reserved stays to be taken', () => {
  let room = false;
  const pool = new SlotPool(1, () => {
    if (!room) throw new Error('no memory');
  });
  expect(() => pool.take()).toThrow('no memory');
  room = true;
  expect(pool.take()).toBe(0);
});

test.each([
  [1, 4, 1],
  [2, 1, 2],
  [8, 1, 4],
  [8, 2, 5],
  [5, 1, 4],
])('slots of a node of %i shards with %i threads: %i', (shards, threads, slots) => {
  expect(slotsOfNode(shards, threads)).toBe(slots);
});
