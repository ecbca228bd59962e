// The tree's shape, and that its sums do not depend on who computed which node or when it came in.

import { hashOf, normal } from '@rondo/rnn-core';
import { describe, expect, test } from 'vitest';
import {
  children,
  combineInto,
  foldInto,
  isNode,
  leaves,
  type NodeSum,
  nodeName,
  type PendingSums,
  parent,
  type TreeNode,
} from './reduction-tree.ts';

const root = (shards: number): TreeNode => ({ first: 0, end: shards });
const allNodes = (node: TreeNode): TreeNode[] => [node, ...(children(node) ?? []).flatMap(allNodes)];

describe('nodes', () => {
  test('of five shards', () => {
    expect(allNodes(root(5)).map(nodeName)).toEqual([
      '[0, 5)',
      '[0, 2)',
      '[0, 1)',
      '[1, 2)',
      '[2, 5)',
      '[2, 3)',
      '[3, 5)',
      '[3, 4)',
      '[4, 5)',
    ]);
    expect(leaves({ first: 2, end: 5 }).map(nodeName)).toEqual(['[2, 3)', '[3, 4)', '[4, 5)']);
  });

  test.each([1, 2, 3, 7, 8, 13])('isNode and parent agree with children, %i shards', (shards) => {
    const names = new Set(allNodes(root(shards)).map(nodeName));
    for (let first = -1; first <= shards; first++) {
      for (let end = -1; end <= shards + 1; end++) {
        expect(isNode({ first, end }, shards)).toBe(names.has(nodeName({ first, end })));
      }
    }
    expect(parent(root(shards), shards)).toBeUndefined();
    for (const node of allNodes(root(shards))) {
      for (const child of children(node) ?? []) expect(parent(child, shards)).toEqual(node);
    }
    expect(() => parent({ first: 1, end: shards + 1 }, shards)).toThrow('is no node');
  });
});

/** Magnitudes far apart, so that another order of addition would show. */
function shardSum(shard: number): NodeSum {
  const value = (i: number) => normal(hashOf(shard, i)) * 10 ** ((shard * 5 + i) % 7);
  return {
    tensors: { a: Float32Array.from({ length: 9 }, (_, i) => value(i)), b: Float32Array.of(value(100)) },
    lossSum: value(200),
    weight: 3,
  };
}

/** What a worker computes for a node: its shards, added up its part of the tree. */
function compute(node: TreeNode): NodeSum {
  const halves = children(node);
  return halves === undefined ? shardSum(node.first) : combineInto(compute(halves[0]), compute(halves[1]));
}

/** Random numbers below `limit`. */
function drawer(seed: number): (limit: number) => number {
  let draws = 0;
  return (limit) => hashOf(seed, draws++) % limit;
}

describe('folding', () => {
  test.each([1, 2, 3, 7, 8, 13])('any cut into nodes in any order gives the same bits, %i shards', (shards) => {
    const expected = compute(root(shards));
    for (let seed = 0; seed < 40; seed++) {
      const draw = drawer(seed);
      const cut = (node: TreeNode): TreeNode[] => {
        const halves = children(node);
        return halves === undefined || draw(3) === 0 ? [node] : halves.flatMap(cut);
      };
      const nodes = cut(root(shards));
      const pending: PendingSums = new Map();
      while (nodes.length > 1) {
        const [node] = nodes.splice(draw(nodes.length), 1);
        expect(foldInto(pending, node, compute(node), shards)).toBeUndefined();
      }
      expect(foldInto(pending, nodes[0], compute(nodes[0]), shards)).toEqual(expected);
      expect(pending.size).toBe(0);
    }
  });

  test('a sum in another order would differ: the test above can fail', () => {
    const inOrder = [1, 2, 3, 4, 5, 6].map(shardSum).reduce(combineInto, shardSum(0));
    expect(inOrder.tensors.a).not.toEqual(compute(root(7)).tensors.a);
  });

  test('a node that overlaps one that is in, is none, or is misshapen stops', () => {
    const pending: PendingSums = new Map();
    foldInto(pending, { first: 0, end: 2 }, compute({ first: 0, end: 2 }), 4);
    expect(() => foldInto(pending, { first: 1, end: 2 }, shardSum(1), 4)).toThrow('[1, 2) overlaps [0, 2)');
    expect(() => foldInto(pending, { first: 2, end: 5 }, shardSum(2), 4)).toThrow('is no node');
    const misshapen = { ...shardSum(2), tensors: { a: new Float32Array(9), b: new Float32Array(2) } };
    expect(() => foldInto(pending, { first: 2, end: 4 }, misshapen, 4)).toThrow('b has 2 elements, expected 1');
  });
});
