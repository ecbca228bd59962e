// Names of shards' tensors, there and back.

import { expect, test } from 'vitest';
import { byName, byShard, flatTensors, shardTensors } from './shard-tensors.ts';

test('tensors of shards come back as they were', () => {
  const shards = new Map([
    [0, { ids: Int32Array.of(1, 2), 'state/h': Float32Array.of(0.5) }],
    [12, { ids: Int32Array.of(3, 4) }],
  ]);
  const named = shardTensors(shards);
  expect(named.map(({ name, type, shape }) => [name, type, shape])).toEqual([
    ['0/ids', 'int32', [2]],
    ['0/state/h', 'float32', [1]],
    ['12/ids', 'int32', [2]],
  ]);
  expect(byShard(named)).toEqual(shards);
});

test('tensors of one kind come back by name', () => {
  const weights = { 'rnn.weight_ih_l0': Float32Array.of(1, 2), embedding: Float32Array.of() };
  expect(byName(flatTensors(weights))).toEqual(weights);
});

test('halves are no data for a program', () => {
  expect(() => byName([{ name: 'w', data: Uint16Array.of(1) }])).toThrow('tensor w is in half precision');
});
