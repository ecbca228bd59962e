// A run's model in shared memory: the weights several times, so that the main thread sends those of the present step while
// the next are computed, the optimizer's state, and the gradients of nodes.

import type { TrainingSpec } from '@rondo/spec';
import {
  addLosses,
  createModelMemory,
  type Floats,
  foldInto,
  gradientFormat,
  type LossSum,
  ModelArrays,
  type ModelMemory,
  type ModelMemorySize,
  mostSlots,
  type NamedShape,
  type Optimizer,
  type Pending,
  type TreeNode,
} from '@rondo/training';

/** The sum of a node: its gradient lies in the slot. */
export interface NodeSum extends LossSum {
  readonly slot: number;
}

/**
 * Of the weights after the newest committed step, for those after the next, for a checkpoint that is written meanwhile,
 * and for workers that have not taken older ones yet.
 */
export const weightVectors = 4;

/** What a run holds of its model. */
export function runMemorySize(
  parameters: readonly NamedShape[],
  { stateNames }: Optimizer,
  training: RunShape,
): ModelMemorySize {
  const format = gradientFormat(training);
  const vectors = weightVectors + stateNames.length + (needsVector(training) ? 1 : 0);
  // A step's sum is still hashed while the nodes of the next come in, each from two workers; the last is for one whose
  // worker sends although nobody waits for it. A very large model gets by with fewer: each node once, unless audits
  // need them twice.
  const wanted = 2 * training.shards + 2;
  const least = training.audit > 0 ? wanted : training.shards + 1;
  return { format, vectors, slots: Math.max(least, Math.min(wanted, mostSlots(parameters, { format, vectors }))) };
}

/** What decides how large a run's memory is, beside model and optimizer. */
export type RunShape = Pick<TrainingSpec, 'gradients' | 'batch' | 'shards' | 'audit' | 'clipValue'> & {
  readonly sequence?: number;
};

/** Gradients of 16 bits are widened to a vector, those whose elements are cut are cut to one. */
function needsVector({ gradients, clipValue }: RunShape): boolean {
  return gradients !== 'float32' || clipValue !== undefined;
}

export class RunModel {
  readonly memory: ModelMemory;
  readonly arrays: ModelArrays;
  /** The optimizer's vectors. */
  readonly state: readonly number[];
  /** The vector that gradients are widened or cut to, where they are. */
  readonly gradient: number | undefined;
  /** The vector of the weights after the newest committed step. */
  from = 0;
  readonly #root: TreeNode;
  /** Of the step under way. */
  #pending: Pending<NodeSum> = new Map();
  #sum: NodeSum | undefined;

  /** @throws Error when a parameter is too large, or the machine does not give the memory. */
  constructor(parameters: readonly NamedShape[], optimizer: Optimizer, training: RunShape) {
    const size = runMemorySize(parameters, optimizer, training);
    this.state = optimizer.stateNames.map((_, i) => weightVectors + i);
    this.gradient = needsVector(training) ? size.vectors - 1 : undefined;
    this.memory = createModelMemory(parameters, size);
    this.arrays = new ModelArrays(this.memory);
    this.#root = { first: 0, end: training.shards };
  }

  get weights(): Floats {
    return this.arrays.vector(this.from);
  }

  /**
   * Adds a node of the step under way to those that are in, up the tree.
   * @param free called with every slot that is not needed any more.
   */
  add(node: TreeNode, sum: NodeSum, free: (slot: number) => void): void {
    this.#sum = foldInto(this.#pending, node, sum, this.#root, (left, right) => {
      this.arrays.addInto(left.slot, right.slot);
      free(right.slot);
      return { slot: left.slot, ...addLosses(left, right) };
    });
  }

  /** Whether all of the weights are numbers. */
  isFinite(): boolean {
    return this.arrays.places.every(
      ({ kernels, length, vectorAt }) => kernels.allFinite(length, vectorAt(this.from)) === 1,
    );
  }

  /**
   * Forgets the step under way; the present weights lie in another vector from now on.
   * @param free called with every slot that holds a node.
   */
  reset(from: number, free: (slot: number) => void): void {
    for (const { value } of this.#pending.values()) free(value.slot);
    if (this.#sum !== undefined) free(this.#sum.slot);
    this.#pending = new Map();
    this.#sum = undefined;
    this.from = from;
  }

  /** The sum over all shards, once; the next step begins with none. @throws Error when a shard is missing. */
  takeSum(): NodeSum {
    const sum = this.#sum;
    if (sum === undefined) throw new Error('the nodes do not hold every shard');
    this.#sum = undefined;
    return sum;
  }
}
