// The fixed binary tree in which the shards' sums are added: the order of addition depends on the number of shards alone.

/** The shards [first, end). The root is [0, shards), a leaf is one shard. */
export interface TreeNode {
  readonly first: number;
  readonly end: number;
}

/** The loss of a node: sums over its shards' targets. */
export interface LossSum {
  /** Nats. */
  readonly lossSum: number;
  /** What the sums are divided by: the number of targets, or the sum of their weights. */
  readonly weight: number;
}

/** e.g. `[4, 6)`; unique within a tree. */
export function nodeName({ first, end }: TreeNode): string {
  return `[${first}, ${end})`;
}

/** The two halves, split at ⌊(first + end)/2⌋; undefined for a leaf. */
export function children({ first, end }: TreeNode): readonly [TreeNode, TreeNode] | undefined {
  if (end - first < 2) return undefined;
  const middle = Math.floor((first + end) / 2);
  return [
    { first, end: middle },
    { first: middle, end },
  ];
}

/** The nodes from `top` down to `node`; undefined when there is no such node below it. */
function pathTo(node: TreeNode, top: TreeNode): TreeNode[] | undefined {
  const path: TreeNode[] = [];
  let at: TreeNode | undefined = top;
  while (at !== undefined) {
    path.push(at);
    if (at.first === node.first && at.end === node.end) return path;
    at = children(at)?.find(({ first, end }) => first <= node.first && node.end <= end);
  }
  return undefined;
}

/** Whether `node` is `top` or one of the nodes below it. */
export function isNode(node: TreeNode, top: TreeNode): boolean {
  return node.first < node.end && pathTo(node, top) !== undefined;
}

/** The node above; undefined for `top`. @throws Error when `node` is none of the nodes below it. */
export function parent(node: TreeNode, top: TreeNode): TreeNode | undefined {
  const path = isNode(node, top) ? pathTo(node, top) : undefined;
  if (path === undefined) throw new Error(`${nodeName(node)} is no node of the tree below ${nodeName(top)}`);
  return path.at(-2);
}

/** The single shards below a node, in order. */
export function leaves({ first, end }: TreeNode): TreeNode[] {
  return Array.from({ length: end - first }, (_, i) => ({ first: first + i, end: first + i + 1 }));
}

export function addLosses(left: LossSum, right: LossSum): LossSum {
  return { lossSum: left.lossSum + right.lossSum, weight: left.weight + right.weight };
}

/** What waits for its sibling, by node. */
export type Pending<T> = Map<string, { readonly node: TreeNode; readonly value: T }>;

/**
 * Takes in one computed node, combines it with its sibling if that is there, and so on up the tree. In whatever order the
 * nodes of a tree come in, the same values are combined, each as left or right as the tree has them.
 * @param pending belongs to the caller and starts empty.
 * @param top the node to be summed, such as the root.
 * @param combine makes a node's value of its two halves' values, which nobody reads afterwards.
 * @returns the value of `top` once all its shards are in.
 * @throws Error when the node is none of the tree or holds shards that are in already.
 */
export function foldInto<T>(
  pending: Pending<T>,
  node: TreeNode,
  value: T,
  top: TreeNode,
  combine: (left: T, right: T) => T,
): T | undefined {
  for (const other of pending.values()) {
    if (node.first < other.node.end && other.node.first < node.end) {
      throw new Error(`${nodeName(node)} overlaps ${nodeName(other.node)}, which is in already`);
    }
  }
  let at = node;
  let total = value;
  for (let above = parent(at, top); above !== undefined; above = parent(at, top)) {
    const [left, right] = children(above) as readonly [TreeNode, TreeNode];
    const isLeft = left.first === at.first;
    const siblingName = nodeName(isLeft ? right : left);
    const sibling = pending.get(siblingName);
    if (sibling === undefined) {
      pending.set(nodeName(at), { node: at, value: total });
      return undefined;
    }
    pending.delete(siblingName);
    total = isLeft ? combine(total, sibling.value) : combine(sibling.value, total);
    at = above;
  }
  return total;
}
