// A run's steps taken once more, from a checkpoint on, with the parts that took them first; nothing is written.

import type { Program, Tensors } from '@rondo/rnn-core';
import type { TrainingJob } from '@rondo/spec';
import { type Checkpoint, type CheckpointTensors, RunFault } from '@rondo/storage';
import { carriesState, type JobPlace } from '@rondo/tasks';
import { type LossSum, type ModelArrays, tensorsChecksum } from '@rondo/training';
import { checkpointTensors } from './run-thread/checkpoints.ts';
import { type InspectedJob, inspectJob } from './run-thread/inspect.ts';
import { checksumOf, programsOf } from './run-thread/open-run.ts';
import { restoreModel } from './run-thread/restore.ts';
import { RunModel } from './run-thread/run-model.ts';
import { advance, type Trained } from './run-thread/steps.ts';
import { statesOf } from './run-thread/stored-states.ts';
import { ShardInputs } from './shard-inputs.ts';
import type { States } from './shard-states.ts';

/** The data and the first weights of a run that is taken once more. */
export class ReplayData {
  readonly job: TrainingJob;
  /** A shard's gradients, by the shape of its batch. */
  readonly programs: readonly Program[];
  readonly inspected: InspectedJob;
  readonly inputs: ShardInputs;

  private constructor(job: TrainingJob, inspected: InspectedJob) {
    const programs = programsOf(job, inspected);
    const { training, validation } = inspected.content;
    this.job = job;
    this.programs = programs.gradients;
    this.inspected = inspected;
    this.inputs = new ShardInputs({
      carriesState: carriesState(job.spec),
      programs,
      batches: { training, validation },
    });
  }

  /** @param dataChecksum of the run. @throws RunFault run-damaged when its files are not there or are others. */
  static async read(job: TrainingJob, place: JobPlace, dataChecksum: string | undefined): Promise<ReplayData> {
    const inspected = await inspectJob(job, place);
    if ('faults' in inspected)
      throw new RunFault('run-damaged', inspected.faults.map(({ message }) => message).join('\n'));
    if (checksumOf(inspected) === dataChecksum) return new ReplayData(job, inspected);
    throw new RunFault('run-damaged', `the data below ${place.base} are not those that the run was trained on`);
  }
}

/** What a step gave. */
export interface ReplayedStep {
  /** As in the ledger. */
  readonly gradient: string;
  /** As in metrics.jsonl. */
  readonly loss: number;
  readonly gradientNorm: number;
}

export class ReplayedRun {
  /** For the gradients of the shards: slot s for shard s. */
  readonly arrays: ModelArrays;
  readonly #data: ReplayData;
  readonly #trained: Trained;
  #states: States;

  /** @param checkpoint to go on from; undefined: before step 1. @param steps of the whole run. */
  constructor(data: ReplayData, steps: number, checkpoint: Checkpoint | undefined) {
    const { job, inspected } = data;
    const model = new RunModel(inspected.parameters, inspected.optimizer, job.spec.training);
    this.#data = data;
    this.#trained = { job, inspected, steps, model, committed: checkpoint?.state.step ?? 0 };
    restoreModel(this.#trained, checkpoint);
    this.#states = statesOf(checkpoint?.tensors.recurrent);
    this.arrays = model.arrays;
    this.arrays.reserve(job.spec.training.shards);
  }

  get weights(): Tensors {
    return this.#trained.model.weights;
  }

  /** Which of the programs computes the next step. */
  get shape(): number {
    return this.#data.inputs.batches.place(this.#trained.committed + 1).shape;
  }

  /** Of every shard in the next step. */
  inputs(): ReadonlyMap<number, Tensors> {
    const { shards } = this.#data.job.spec.training;
    return this.#data.inputs.training(this.#trained.committed + 1, { first: 0, end: shards }, this.#states);
  }

  /**
   * Takes the next step with the gradient of all shards, summed in slot 0.
   * @param states after the step, by shard. @returns undefined when loss or gradient are not finite.
   */
  take(sum: LossSum, states: States): ReplayedStep | undefined {
    const gradient = tensorsChecksum(this.arrays.slot(0));
    // Two vectors take turns.
    const taken = advance(this.#trained, { ...sum, slot: 0 }, 1 - this.#trained.model.from);
    this.#states = states;
    return taken && { gradient, loss: taken.loss, gradientNorm: taken.gradientNorm };
  }

  /** What a checkpoint of the newest step would hold. */
  tensors(): CheckpointTensors {
    return checkpointTensors(this.#trained, this.#states, this.#data.programs[0]);
  }
}
