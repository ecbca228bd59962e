// What the shards of a node are computed from: their part of the batch, and the recurrent state that they carry on.

import { type Batches, createBatches, createValidation, type Validation } from '@rondo/data';
import type { Tensors } from '@rondo/rnn-core';
import type { TreeNode } from '@rondo/training';
import type { OpenedRun } from './run-thread/messages.ts';
import { type States, zeroStates } from './shard-states.ts';

type InputsOf = Pick<OpenedRun, 'job' | 'tokens' | 'programs'>;

export class ShardInputs {
  readonly batches: Batches;
  readonly #validation: Validation | null;
  readonly #run: InputsOf;

  constructor(run: InputsOf) {
    const { training } = run.job.spec;
    this.#run = run;
    this.batches = createBatches(run.tokens.training, training);
    this.#validation = createValidation(run.tokens.validation, training);
  }

  /** Of a training step: the state runs on with `stateful`, but not into a new epoch. */
  training(step: number, node: TreeNode, states: States): ReadonlyMap<number, Tensors> {
    const { stepInEpoch } = this.batches.position(step);
    const carried = this.#run.job.spec.training.stateful && stepInEpoch > 0;
    return byShard(node, (shard) => ({
      ...this.batches.shard(stepInEpoch, shard),
      ...((carried ? states.get(shard) : undefined) ?? zeroStates(this.#run.programs.gradients)),
    }));
  }

  /** Of one batch of a validation: from zero state, which then runs on. */
  evaluation(batch: number, node: TreeNode, states: States): ReadonlyMap<number, Tensors> {
    const validation = this.#validation;
    if (validation === null) throw new Error('a run without validation text was asked to validate');
    return byShard(node, (shard) => ({
      ...validation.shard(batch, shard),
      ...(states.get(shard) ?? zeroStates(this.#run.programs.evaluation)),
    }));
  }

  /** The epoch of a step; 0 before the first one. */
  epochOf(step: number): number {
    return step === 0 ? 0 : this.batches.position(step).epoch;
  }
}

function byShard({ first, end }: TreeNode, inputs: (shard: number) => Tensors): ReadonlyMap<number, Tensors> {
  return new Map(Array.from({ length: end - first }, (_, i) => [first + i, inputs(first + i)]));
}
