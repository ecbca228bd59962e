// A validation under way: its losses added up batch by batch, its recurrent state running on from one to the next.

import { addLosses, foldInto, type LossSum, type Pending, type TreeNode } from '@rondo/training';
import type { WorkerResult } from './connection.ts';
import { joinStates, type States } from './shard-states.ts';

export class RunningValidation {
  /** Of the newest batch. */
  outputs: States = new Map();
  readonly #root: TreeNode;
  #lossSum = 0;
  #weight = 0;
  /** In milliseconds of the performance clock. */
  readonly #since = performance.now();

  /** @param shards of a batch. */
  constructor(shards: number) {
    this.#root = { first: 0, end: shards };
  }

  /** Takes in all nodes of a batch. */
  fold(results: readonly (WorkerResult & { readonly node: TreeNode })[]): void {
    this.outputs = joinStates(results);
    const pending: Pending<LossSum> = new Map();
    for (const { node, lossSum, weight } of results) {
      const root = foldInto(pending, node, { lossSum, weight }, this.#root, addLosses);
      this.#lossSum += root?.lossSum ?? 0;
      this.#weight += root?.weight ?? 0;
    }
  }

  sums(): { lossSum: number; weight: number; seconds: number } {
    const seconds = (performance.now() - this.#since) / 1000;
    return { lossSum: this.#lossSum, weight: this.#weight, seconds };
  }
}
