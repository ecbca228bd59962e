// Checkpoints of a run, written while it trains: a copy of what the next steps change, then piece by piece onto the disk.

import type { Program } from '@rondo/rnn-core';
import {
  bestStep,
  type CheckpointState,
  type CheckpointTensors,
  pruneCheckpoints,
  type StoredTensors,
  writeCheckpoint,
} from '@rondo/storage';
import { carriesState } from '@rondo/tasks';
import type { CheckpointRequest, FromRun } from './messages.ts';
import type { Run } from './open-run.ts';
import { storedStates } from './stored-states.ts';

/** What a checkpoint copies of a model, in vectors as large as its weights: the optimizer's, which steps change in place. */
export const copiedVectors = (stateNames: readonly string[]) => stateNames.length;

/** What a checkpoint knows of its step's validation. */
export type Validated = Pick<CheckpointState, 'validationLoss' | 'rank'>;

export interface CheckpointEvents {
  send(message: FromRun): void;
  /** Called whenever it is known whether the disk refuses something, and why. */
  disk(what: string, fault: string | undefined): void;
}

export class Checkpoints {
  readonly #run: Run;
  readonly #events: CheckpointEvents;
  /** By name; kept from checkpoint to checkpoint. */
  readonly #optimizer = new Map<string, Float32Array>();
  #written: Promise<void> = Promise.resolve();

  constructor(run: Run, events: CheckpointEvents) {
    this.#run = run;
    this.#events = events;
  }

  /**
   * Begins a checkpoint of the newest committed step, once the one before is written. When this settles, the next step may
   * be taken; a message says later how it went, and until then the vector of the present weights is not to be written to.
   */
  async begin(request: CheckpointRequest, validation?: Validated): Promise<void> {
    const { step } = request;
    await this.settled();
    if (step !== this.#run.committed) {
      throw new Error(`a checkpoint of step ${step} was asked for after step ${this.#run.committed}`);
    }
    const begun = performance.now();
    try {
      if (!this.#run.model.isFinite()) {
        this.#failed(step, `the weights after step ${step} are not finite`, true);
        return;
      }
      this.#written = this.#write(request, this.#copy(request), begun, validation);
    } catch (error) {
      this.#failed(step, reasonOf(error));
    }
  }

  /** Settles when nothing is being written. */
  settled(): Promise<void> {
    return this.#written;
  }

  #copy({ states, program }: CheckpointRequest): CheckpointTensors {
    return checkpointTensors(this.#run, states, program, (state) => copied(state, this.#optimizer));
  }

  /** Never rejects. What the step's state is decided by is read before the first wait: the ledger goes on meanwhile. */
  async #write(
    request: CheckpointRequest,
    tensors: CheckpointTensors,
    begun: number,
    validation: Validated | undefined,
  ): Promise<void> {
    const { step, arithmetic, needed, doubts } = request;
    const { folder, inspected, ledger, metrics, job } = this.#run;
    const { epoch, stepInEpoch } = inspected.batches.place(step + 1);
    const heads = { ledgerHead: ledger.head, metricsHead: metrics.head };
    const state = {
      step,
      epoch,
      stepInEpoch,
      ...heads,
      validationLoss: validation?.validationLoss,
      rank: validation?.rank,
      doubts,
      ...arithmetic,
    };
    const copyMs = performance.now() - begun;
    try {
      // Lines that are not on the disk would be missing behind this checkpoint.
      await Promise.all([ledger.sync(), metrics.sync()]);
      const hashMs = await writeCheckpoint(folder.folder, state, tensors);
      await this.#prune(job.spec.training.keep, needed);
      const seconds = (performance.now() - begun) / 1000;
      const blockedSeconds = (copyMs + hashMs) / 1000;
      this.#events.send({ type: 'checkpoint-written', step, seconds, blockedSeconds });
    } catch (error) {
      this.#failed(step, reasonOf(error));
    }
  }

  /** The new checkpoint is there, whether or not old ones can be removed. */
  async #prune(keep: number, needed: readonly number[]): Promise<void> {
    const { folder } = this.#run.folder;
    try {
      await pruneCheckpoints(folder, keep, await bestStep(folder), needed);
      this.#events.disk(pruning, undefined);
    } catch (error) {
      this.#events.disk(pruning, reasonOf(error));
    }
  }

  #failed(step: number, reason: string, diverged = false): void {
    this.#events.send({ type: 'checkpoint-failed', step, reason, diverged });
  }
}

const pruning = 'removing old checkpoints';

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

type Arrays = Readonly<Record<string, Float32Array>>;

/** The same values in memory of `kept`, which is made where it is missing. */
function copied(arrays: Arrays, kept: Map<string, Float32Array>): Arrays {
  for (const [name, values] of Object.entries(arrays)) {
    const copy = kept.get(name) ?? new Float32Array(values.length);
    copy.set(values);
    kept.set(name, copy);
  }
  return Object.fromEntries(kept);
}

/**
 * What a checkpoint of the present step holds: views of the model's memory.
 * @param states after the step. @param held what stands for the optimizer's state, which steps change in place.
 */
export function checkpointTensors(
  { job, inspected, model }: Pick<Run, 'job' | 'inspected' | 'model'>,
  states: CheckpointRequest['states'],
  program: Program,
  held = (state: Arrays): Arrays => state,
): CheckpointTensors {
  const { parameters, optimizer } = inspected;
  return {
    weights: stored(parameters, model.weights),
    optimizer: stored(optimizer.state(parameters), held(optimizer.stateOf(model.arrays, model.state))),
    ...(carriesState(job.spec) && { recurrent: storedStates(states, program) }),
  };
}

function stored(
  shapes: readonly { readonly name: string; readonly shape: readonly number[] }[],
  tensors: Arrays,
): StoredTensors {
  return Object.fromEntries(shapes.map(({ name, shape }) => [name, { shape, data: tensors[name] }]));
}
