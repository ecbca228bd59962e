// Names of shards' tensors, there and back.

import { expect, test } from 'vitest';
import { byPrefix, byShard, flatTensors, shardTensors } from './shard-tensors.ts';

test('tensors of shards come back as they were', () => {
  const shards = new Map([
    [0, { ids: Int32Array.of(1, 2), 'state/h': Float32Array.of(0.5) }],
    [12, { ids: Int32Array.of(3, 4) }],
  ]);
  const named = shardTensors(shards);
  expect(named.map(({ name, shape }) => [name, shape])).toEqual([
    ['0/ids', [2]],
    ['0/state/h', [1]],
    ['12/ids', [2]],
  ]);
  expect(byShard(named)).toEqual(shards);
});

test('gradients and states of a result are told apart', () => {
  const gradient = { 'rnn.weight_ih_l0': Float32Array.of(1) };
  const states = new Map([[3, { h: Float32Array.of(2) }]]);
  const groups = byPrefix([...flatTensors(gradient, 'gradient/'), ...shardTensors(states)]);
  expect(groups.get('gradient')).toEqual(gradient);
  expect(groups.get('3')).toEqual(states.get(3));
});
