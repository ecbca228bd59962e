// Which nodes of a tree cover which shards.

import { children, type TreeNode } from '../reduction-tree.ts';

export const size = ({ first, end }: TreeNode) => end - first;

export const same = (a: TreeNode, b: TreeNode) => a.first === b.first && a.end === b.end;

export const contains = (outer: TreeNode, inner: TreeNode) => outer.first <= inner.first && inner.end <= outer.end;

export const overlap = (a: TreeNode, b: TreeNode) => a.first < b.end && b.first < a.end;

/** The fewest nodes of the tree below `top` that hold every shard which none of the given nodes holds. */
export function missing(top: TreeNode, covered: readonly TreeNode[]): TreeNode[] {
  const touching = covered.filter((node) => overlap(node, top));
  if (touching.length === 0) return [top];
  if (touching.some((node) => contains(node, top))) return [];
  return (children(top) ?? []).flatMap((half) => missing(half, touching));
}
