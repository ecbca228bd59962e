// Gradients of a node's shards, added up as they come: in whatever order threads are through, the bits are the tree's.

import { hashOf, normal } from '@rondo/rnn-core';
import { children, createModelMemory, type GradientFormat, ModelArrays, type TreeNode } from '@rondo/training';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addGradient, shareNode } from './shared-node.ts';

const parameters = [
  { name: 'a', shape: [7] },
  { name: 'b', shape: [2, 3] },
];
const formats: GradientFormat[] = [
  { type: 'float32', exponent: 0 },
  { type: 'float16', exponent: -2 },
  { type: 'bfloat16', exponent: -2 },
];

/** Magnitudes far apart, so that another order of addition would show. */
function gradient(shard: number, name: string, size: number): Float32Array {
  const scale = 10 ** ((shard * 5) % 4);
  return Float32Array.from({ length: size }, (_, i) => normal(hashOf(shard, i, name.length)) * scale);
}

const sizeOf = (name: string) => (name === 'a' ? 7 : 6);

function arraysFor(format: GradientFormat, slots: number): ModelArrays {
  const arrays = new ModelArrays(createModelMemory(parameters, { format, vectors: 0, slots }));
  arrays.reserve(slots);
  return arrays;
}

/** The definition: left plus right, from the leaves up. @returns the slot of the node's sum. */
function sumInOrder(arrays: ModelArrays, node: TreeNode, first: number): number {
  const halves = children(node);
  if (halves === undefined) {
    for (const { name } of parameters) {
      arrays.put(node.first - first, name, gradient(node.first, name, sizeOf(name)));
    }
    return node.first - first;
  }
  const [left, right] = halves.map((half) => sumInOrder(arrays, half, first));
  arrays.addInto(left, right);
  return left;
}

test('any order of shards and parameters gives the sum of the tree, and each parameter is final once', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...formats),
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.infiniteStream(fc.nat(1000)),
      (format, first, size, draws) => {
        const node = { first, end: first + size };
        const [arrays, expected] = [arraysFor(format, size), arraysFor(format, size)];
        const sum = expected.slot(sumInOrder(expected, node, first));
        const shared = shareNode(node, parameters.length);
        // Slots in another order than shards.
        shared.slots.forEach((_, i) => {
          shared.slots[i] = size - 1 - i;
        });
        const work = parameters.flatMap(({ name }, index) =>
          Array.from({ length: size }, (_, i) => ({ shard: first + i, name, index })),
        );
        /** As they are when they become final. */
        const finished: [string, Float32Array | Uint16Array][] = [];
        while (work.length > 0) {
          const [{ shard, name, index }] = work.splice((draws.next().value as number) % work.length, 1);
          const values = gradient(shard, name, sizeOf(name));
          if (addGradient(arrays, shared, shard, { name, index }, values)) {
            finished.push([name, arrays.slot(shared.slots[0])[name].slice()]);
          }
        }
        expect(finished).toHaveLength(parameters.length);
        expect(Object.fromEntries(finished)).toEqual({ ...sum });
      },
    ),
  );
});
