// The tree's shape, and that its sums do not depend on who computed which node or when it came in.

import { hashOf, normal } from '@rondo/rnn-core';
import { describe, expect, test } from 'vitest';
import {
  addLosses,
  children,
  foldInto,
  isNode,
  type LossSum,
  leaves,
  nodeName,
  type Pending,
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
        expect(isNode({ first, end }, root(shards))).toBe(names.has(nodeName({ first, end })));
      }
    }
    expect(parent(root(shards), root(shards))).toBeUndefined();
    for (const node of allNodes(root(shards))) {
      for (const child of children(node) ?? []) expect(parent(child, root(shards))).toEqual(node);
    }
    expect(() => parent({ first: 1, end: shards + 1 }, root(shards))).toThrow('is no node');
  });
});

/** Magnitudes far apart, so that another order of addition would show. */
function shardLoss(shard: number): LossSum {
  return { lossSum: normal(hashOf(shard, 0)) * 10 ** ((shard * 5) % 7), weight: 0.1 };
}

/** What a worker computes for a node: its shards, added up its part of the tree. */
function compute(node: TreeNode): LossSum {
  const halves = children(node);
  return halves === undefined ? shardLoss(node.first) : addLosses(compute(halves[0]), compute(halves[1]));
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
      const pending: Pending<LossSum> = new Map();
      while (nodes.length > 1) {
        const [node] = nodes.splice(draw(nodes.length), 1);
        expect(foldInto(pending, node, compute(node), root(shards), addLosses)).toBeUndefined();
      }
      expect(foldInto(pending, nodes[0], compute(nodes[0]), root(shards), addLosses)).toEqual(expected);
      expect(pending.size).toBe(0);
    }
  });

  test('a sum in another order would differ: the test above can fail', () => {
    const inOrder = [1, 2, 3, 4, 5, 6].map(shardLoss).reduce(addLosses, shardLoss(0));
    expect(inOrder).not.toEqual(compute(root(7)));
  });

  test('left is left, whoever comes first', () => {
    const join = (left: string, right: string) => `(${left} ${right})`;
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const pending: Pending<string> = new Map();
      const roots = order.map((first) => foldInto(pending, { first, end: first + 1 }, `${first}`, root(3), join));
      expect(roots).toEqual([undefined, undefined, '(0 (1 2))']);
    }
  });

  test('a node that overlaps one that is in, or is none, stops; the top may be an inner node', () => {
    const pending: Pending<LossSum> = new Map();
    foldInto(pending, { first: 0, end: 2 }, compute({ first: 0, end: 2 }), root(4), addLosses);
    expect(() => foldInto(pending, { first: 1, end: 2 }, shardLoss(1), root(4), addLosses)).toThrow(
      '[1, 2) overlaps [0, 2)',
    );
    const inner = { first: 2, end: 4 };
    expect(foldInto(new Map(), inner, compute(inner), inner, addLosses)).toEqual(compute(inner));
    expect(() => foldInto(pending, { first: 2, end: 5 }, shardLoss(2), root(4), addLosses)).toThrow('is no node');
  });
});
