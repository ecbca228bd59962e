// Gradients added up the tree: the same bits in every format, whoever computes which node and whatever comes in first.

import { hashOf, normal } from '@rondo/rnn-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { children, foldInto, leaves, type Pending, type TreeNode } from '../reduction-tree.ts';
import { modelArrays, rounded } from '../workbench.ts';
import type { GradientFormat } from './format.ts';
import type { ModelArrays } from './model-arrays.ts';

const lengths = { a: 11, b: 1 };
const size = 12;
const maxShards = 9;

const formats: GradientFormat[] = [
  { type: 'float32', exponent: 0 },
  { type: 'float16', exponent: -2 },
  { type: 'bfloat16', exponent: -2 },
];

/** Magnitudes far apart, so that another order of addition would show. */
const shardGradient = (shard: number) =>
  Float32Array.from({ length: size }, (_, i) => normal(hashOf(shard, i)) * 10 ** ((shard * 5 + i) % 4));

/** By definition: a leaf is its scaled gradient, rounded, a node the sum of its halves in float32, rounded. */
function defined(node: TreeNode, { type, exponent }: GradientFormat): number[] {
  const halves = children(node);
  if (halves === undefined) return [...shardGradient(node.first)].map((value) => rounded(type, value * 2 ** exponent));
  const [left, right] = halves.map((half) => defined(half, { type, exponent }));
  return left.map((value, i) => rounded(type, Math.fround(value + right[i])));
}

/** Folds nodes of known slots up the tree of all shards. @returns the root's slot. */
function fold(arrays: ModelArrays, nodes: readonly [TreeNode, slot: number][], shards: number): number {
  const pending: Pending<number> = new Map();
  const roots = nodes.map(([node, slot]) =>
    foldInto(pending, node, slot, { first: 0, end: shards }, (left, right) => {
      arrays.addInto(left, right);
      return left;
    }),
  );
  return roots.at(-1) as number;
}

/** What a worker does with a node whose shards are in the slots of their numbers. @returns the node's slot. */
function addUp(arrays: ModelArrays, node: TreeNode): number {
  const [left, right] = children(node)?.map((half) => addUp(arrays, half)) ?? [node.first];
  if (right !== undefined) arrays.addInto(left, right);
  return left;
}

test.each(formats)('$type', (format) => {
  const arrays = modelArrays(lengths, { format, vectors: 1, slots: maxShards });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: maxShards }), fc.nat(), (shards, seed) => {
      const order = (shard: number) => hashOf(seed, shard);
      const cut = (node: TreeNode): TreeNode[] => {
        const halves = children(node);
        return halves === undefined || hashOf(seed, node.first, node.end) % 3 === 0 ? [node] : halves.flatMap(cut);
      };
      for (const { first } of leaves({ first: 0, end: shards })) {
        arrays.put(first, 'a', shardGradient(first).subarray(0, lengths.a));
        arrays.put(first, 'b', shardGradient(first).subarray(lengths.a));
      }
      const nodes = cut({ first: 0, end: shards }).toSorted((a, b) => order(a.first) - order(b.first));
      const root = fold(
        arrays,
        nodes.map((node) => [node, addUp(arrays, node)]),
        shards,
      );
      arrays.widen(root, 0);
      const read = format.type === 'float32' ? arrays.slot(root) : arrays.vector(0);
      const expected = defined({ first: 0, end: shards }, format).map((value) => value * 2 ** -format.exponent);
      expect([...read.a, ...read.b]).toEqual(expected);
    }),
  );
});

test('another order of addition would differ: the test above can fail', () => {
  for (const format of formats) {
    const [first, ...rest] = leaves({ first: 0, end: 7 }).map((leaf) => defined(leaf, format));
    const inOrder = rest.reduce((sum, leaf) => sum.map((value, i) => rounded(format.type, value + leaf[i])), first);
    expect(inOrder).not.toEqual(defined({ first: 0, end: 7 }, format));
  }
});
