// What the shards of a node are computed from: their part of the batch, and the recurrent state that they carry on.

import { type Batches, trainingBatches, type ValidationBatches, validationBatches } from '@rondo/data';
import { inputsOf, type Program, type Tensors } from '@rondo/rnn-core';
import type { RoundPhase, TreeNode } from '@rondo/training';
import type { OpenedRun } from './run-thread/messages.ts';
import { type States, zeroStates } from './shard-states.ts';

type InputsOf = Pick<OpenedRun, 'carriesState' | 'batches' | 'programs'>;

export class ShardInputs {
  readonly batches: Batches;
  readonly #validation: ValidationBatches | null;
  readonly #run: InputsOf;

  constructor(run: InputsOf) {
    this.#run = run;
    this.batches = trainingBatches(run.batches.training);
    this.#validation = validationBatches(run.batches.validation);
  }

  /** Which of a phase's programs computes a batch: a training step, from 1, or a batch of the validation, from 0. */
  shape(phase: RoundPhase, batch: number): number {
    return phase === 'gradients' ? this.batches.place(batch).shape : this.#validated.shape(batch);
  }

  program(phase: RoundPhase, batch: number): Program {
    return this.#run.programs[phase][this.shape(phase, batch)];
  }

  /** Of a training step: the state runs on with `stateful`, but not into a new epoch. */
  training(step: number, node: TreeNode, states: States): ReadonlyMap<number, Tensors> {
    const { stepInEpoch } = this.batches.place(step);
    const carried = this.#run.carriesState && stepInEpoch > 0;
    const program = this.program('gradients', step);
    return byShard(node, (shard) => ({
      ...this.batches.shard(step, shard),
      ...((carried ? states.get(shard) : undefined) ?? zeroStates(program)),
    }));
  }

  /** Of one batch of a validation: from zero state, which then runs on. @param outputs of the batch before. */
  evaluation(batch: number, node: TreeNode, outputs: States): ReadonlyMap<number, Tensors> {
    const program = this.program('evaluation', batch);
    return byShard(node, (shard) => ({
      ...this.#validated.shard(batch, shard),
      ...stateOf(program, outputs.get(shard)),
    }));
  }

  /** The epoch of a step; 0 before the first one. */
  epochOf(step: number): number {
    return step === 0 ? 0 : this.batches.place(step).epoch;
  }

  get #validated(): ValidationBatches {
    if (this.#validation === null) throw new Error('a run without validation data was asked to validate');
    return this.#validation;
  }
}

/** The state of a shard among its outputs; zeros before the first. */
function stateOf(program: Program, outputs: Tensors | undefined): Tensors {
  if (outputs === undefined) return zeroStates(program);
  return Object.fromEntries(inputsOf(program, 'state').map(({ name }) => [name, outputs[name]]));
}

function byShard({ first, end }: TreeNode, inputs: (shard: number) => Tensors): ReadonlyMap<number, Tensors> {
  return new Map(Array.from({ length: end - first }, (_, i) => [first + i, inputs(first + i)]));
}
