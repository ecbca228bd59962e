// Who computes which node of a round: idle workers pull, whole subtrees where there is enough work for everyone.

import { children, type TreeNode } from '../reduction-tree.ts';
import type { WorkerState } from './state.ts';

const leaves = (node: TreeNode) => node.end - node.first;

/**
 * Takes the next node for one of `workers` workers: the first of the largest open nodes, cut down to a fair share.
 * @returns the node, and what stays open.
 */
export function takeNode(open: readonly TreeNode[], workers: number): { node: TreeNode; open: TreeNode[] } {
  const left = open.reduce((sum, node) => sum + leaves(node), 0);
  const share = Math.max(1, Math.floor(left / workers));
  const largest = open.reduce((best, node) => (leaves(node) > leaves(best) ? node : best));
  const rest = open.filter((node) => node !== largest);
  let node = largest;
  while (leaves(node) > share) {
    const [low, high] = children(node);
    rest.push(high);
    node = low;
  }
  return { node, open: rest.sort((a, b) => a.first - b.first) };
}

/** The free worker whose turn it is: the one with the fewest nodes, so that every worker is used. */
export function nextWorker(free: readonly WorkerState[]): WorkerState | undefined {
  return free.reduce<WorkerState | undefined>(
    (best, worker) => (best === undefined || worker.nodes < best.nodes ? worker : best),
    undefined,
  );
}
