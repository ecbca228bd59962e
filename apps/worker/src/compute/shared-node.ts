// Adding up the gradients of a node's shards as they come, by all compute threads at once, without a lock.

import { children, type ModelArrays, type TreeNode } from '@rondo/training';

/** A node under way, in memory that the threads share. */
export interface SharedNode extends TreeNode {
  /** The slot of every shard's gradient, by shard - first; written before the shard is computed. */
  readonly slots: Int32Array;
  /** For every parameter and inner node: how many of the inner node's two halves hold their sum. */
  readonly halves: Int32Array;
}

/** @param parameters number of gradients; 0 in an evaluation. */
export function shareNode({ first, end }: TreeNode, parameters: number): SharedNode {
  const shared = (length: number) => new Int32Array(new SharedArrayBuffer(4 * length));
  return { first, end, slots: shared(end - first), halves: shared(parameters * (end - first - 1)) };
}

/**
 * Takes in one parameter's gradient of a shard, adds it to its sibling's if that is there, and so on up the node: whoever
 * comes second adds, the right half into the left one's slot, so that the order of addition is the tree's.
 * @param parameter index and name.
 * @returns whether the sum of the whole node is final now; it lies in the slot of the node's first shard.
 */
export function addGradient(
  arrays: ModelArrays,
  node: SharedNode,
  shard: number,
  parameter: { readonly index: number; readonly name: string },
  values: Float32Array,
): boolean {
  const slotOf = (leaf: number) => Atomics.load(node.slots, leaf - node.first);
  const innerNodes = node.end - node.first - 1;
  arrays.put(slotOf(shard), parameter.name, values);
  for (const [left, right] of halvesAbove(shard, node)) {
    // An inner node is known by where it is split.
    const place = parameter.index * innerNodes + right.first - node.first - 1;
    if (Atomics.add(node.halves, place, 1) === 0) return false;
    arrays.addInto(slotOf(left.first), slotOf(right.first), parameter.name);
  }
  return true;
}

/** The halves of every inner node above a shard, from the lowest up to `top` itself. */
function halvesAbove(shard: number, top: TreeNode): (readonly [TreeNode, TreeNode])[] {
  const path: (readonly [TreeNode, TreeNode])[] = [];
  for (let halves = children(top); halves !== undefined; ) {
    path.unshift(halves);
    halves = children(halves[shard < halves[1].first ? 0 : 1]);
  }
  return path;
}
