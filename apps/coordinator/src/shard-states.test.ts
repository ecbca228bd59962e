// What a result puts out beside gradients is refused unless it is exactly what the node's shards have.

import { type Tensors, traceGradients } from '@rondo/rnn-core';
import { expect, test } from 'vitest';
import { misfit, zeroStates } from './shard-states.ts';

const model = {
  ...{ vocabulary: 5, embedding: 3, hidden: 4, layers: 1, dropout: 0, tied: false },
  cell: { kind: 'rnn', activation: 'tanh' },
} as const;
const program = traceGradients(model, { time: 2, batch: 2 }, 1);
const whole = zeroStates(program);
const node = { first: 2, end: 4 };

function fault(...states: [number, Tensors][]): string | undefined {
  const result = { task: 1, run: 'r', lossSum: 0, weight: 1, seconds: 1, outputs: new Map(states) };
  return misfit(program, node, result);
}

test('exactly the states of the shards fit', () => {
  expect(fault([2, whole], [3, whole])).toBeUndefined();
});

test.each<[string, [number, Tensors][], string]>([
  ['a shard without state', [[2, whole]], 'shard 3: state h_l0 has no elements, expected 8'],
  ['a state too short', [[2, { h_l0: new Float32Array(7) }]], 'shard 2: state h_l0 has 7 elements, expected 8'],
  ['whole numbers', [[2, { h_l0: new Int32Array(8) }]], 'shard 2: state h_l0 is not of float32'],
  ['a state of no name', [[2, { ...whole, c_l0: whole.h_l0 }]], 'shard 2: the program puts out no c_l0'],
  [
    "another node's shard",
    [
      [2, whole],
      [3, whole],
      [1, whole],
    ],
    'outputs of shard 1 came with shards 2 to 3',
  ],
  [
    'a shard of no number',
    [
      [2, whole],
      [3, whole],
      [Number.NaN, whole],
    ],
    'outputs of shard NaN came with shards 2 to 3',
  ],
])('%s', (_, states, expected) => {
  expect(fault(...states)).toBe(expected);
});
