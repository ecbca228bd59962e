// One node on its way through the compute threads: its shards in order, its slots, its losses added up the tree.

import type { Tensors } from '@rondo/rnn-core';
import {
  addLosses,
  foldInto,
  type LossSum,
  type Pending,
  type RoundPhase,
  type SlotPool,
  type TreeNode,
} from '@rondo/training';
import type { ComputedShard, ShardTask } from './messages.ts';
import { type SharedNode, shareNode } from './shared-node.ts';

/** What is to be computed. */
export interface NodeInputs {
  readonly task: number;
  readonly phase: RoundPhase;
  readonly shape: number;
  readonly step: number;
  readonly node: TreeNode;
  /** Batch data and recurrent state of every shard of the node. */
  readonly shards: ReadonlyMap<number, Tensors>;
}

/** What is known at the end beside the gradients. */
export interface ComputedNode extends LossSum {
  /** From the first shard's start to the last one's end. */
  readonly seconds: number;
  /** New recurrent state, and the program's results, by shard. */
  readonly outputs: ReadonlyMap<number, Tensors>;
}

export class NodeTask {
  readonly inputs: NodeInputs;
  /** Shards that threads compute now. */
  running = 0;
  /** Nobody waits for the result any more: it failed, was cancelled, or its stream ended. */
  dropped = false;
  readonly #slots: SlotPool;
  readonly #taken = new Set<number>();
  readonly #shared: SharedNode;
  readonly #gradients: boolean;
  readonly #pending: Pending<LossSum & { readonly slot: number | undefined }> = new Map();
  readonly #outputs = new Map<number, Tensors>();
  #next: number;
  #since = 0;

  /** @param parameters number of gradients; 0 in an evaluation. */
  constructor(inputs: NodeInputs, parameters: number, slots: SlotPool) {
    this.inputs = inputs;
    this.#slots = slots;
    this.#gradients = parameters > 0;
    this.#shared = shareNode(inputs.node, parameters);
    this.#next = inputs.node.first;
  }

  /** Whether a shard is left to be handed out. */
  get open(): boolean {
    return !this.dropped && this.#next < this.inputs.node.end;
  }

  /** The slot in which the whole node's gradient lies in the end. */
  get slot(): number {
    return this.#shared.slots[0];
  }

  /** The next shard; undefined while no slot is free for its gradient. */
  take(): ShardTask | undefined {
    const { phase, shape, step, node, shards } = this.inputs;
    const shard = this.#next;
    if (this.#gradients) {
      const slot = this.#slots.take();
      if (slot === undefined) return undefined;
      this.#taken.add(slot);
      this.#shared.slots[shard - node.first] = slot;
    }
    if (shard === node.first) this.#since = performance.now();
    this.#next += 1;
    this.running += 1;
    return { phase, shape, step, shard, inputs: shards.get(shard) ?? {}, node: this.#shared };
  }

  /** Takes in a shard. @returns the node, once all its shards are in. */
  computed({ shard, lossSum, weight, outputs: given }: ComputedShard): ComputedNode | undefined {
    this.running -= 1;
    const { node } = this.inputs;
    this.#outputs.set(shard, given);
    const slot = this.#gradients ? this.#shared.slots[shard - node.first] : undefined;
    const leaf = { first: shard, end: shard + 1 };
    const sum = foldInto(this.#pending, leaf, { slot, lossSum, weight }, node, (left, right) => {
      // Both halves are through, so all of the right one was added to the left one.
      if (right.slot !== undefined) this.#release(right.slot);
      return { slot: left.slot, ...addLosses(left, right) };
    });
    if (sum === undefined) return undefined;
    const seconds = (performance.now() - this.#since) / 1000;
    const outputs = new Map([...this.#outputs].sort(([a], [b]) => a - b));
    return { lossSum: sum.lossSum, weight: sum.weight, seconds, outputs };
  }

  /** To be called when no thread computes a shard and nobody reads the slots. */
  releaseSlots(): void {
    for (const slot of this.#taken) this.#release(slot);
  }

  #release(slot: number): void {
    this.#taken.delete(slot);
    this.#slots.release(slot);
  }
}
