// Who computes which node of a round: idle workers pull, whole subtrees where there is enough work for everyone.

import { children, type TreeNode } from '../reduction-tree.ts';
import type { WorkerState } from './state.ts';

const size = (node: TreeNode) => node.end - node.first;

/**
 * Takes the next node for a worker with so many of all compute threads: the first of the largest open nodes, cut down to
 * the worker's share, or to a shard a thread where that is more.
 * @returns the node, and what stays open.
 */
export function takeNode(
  open: readonly TreeNode[],
  threads: number,
  allThreads: number,
): { node: TreeNode; open: TreeNode[] } {
  const left = open.reduce((sum, node) => sum + size(node), 0);
  const share = Math.max(threads, Math.floor((left * threads) / allThreads));
  const largest = open.reduce((best, node) => (size(node) > size(best) ? node : best));
  const rest = open.filter((node) => node !== largest);
  let node = largest;
  for (let halves = children(node); halves !== undefined && size(node) > share; halves = children(node)) {
    rest.push(halves[1]);
    node = halves[0];
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
