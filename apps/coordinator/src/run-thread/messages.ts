// What the coordinator's main thread and the thread that owns a run say to each other.
// Tensors travel as views of shared memory: nothing is copied between the threads.

import type { BatchPlan } from '@rondo/data';
import type { Program, Tensors } from '@rondo/rnn-core';
import type { TrainingJob } from '@rondo/spec';
import type { JobPlace } from '@rondo/tasks';
import type {
  Arithmetic,
  BrainConfig,
  LedgerNode,
  LossSum,
  ModelMemory,
  Programs,
  Resumption,
  TreeNode,
} from '@rondo/training';
import type { LastWorker } from '../results.ts';
import type { JobFault } from './inspect.ts';

export interface RunRequest extends JobPlace {
  readonly job: TrainingJob;
  /** The run's folder. */
  readonly folder: string;
  /** Go on with what the folder holds; false: it must be empty. */
  readonly resume: boolean;
  /** Of the data that the run was started with; absent for a new run. */
  readonly dataChecksum?: string | undefined;
}

/** What a run's batches are cut from, in shared memory. */
interface RunBatches {
  readonly training: BatchPlan;
  /** Null: nothing validates. */
  readonly validation: BatchPlan | null;
}

/** A run as the main thread needs it. */
export interface OpenedRun {
  /** With everything filled in that the start of a run decides. */
  readonly job: TrainingJob;
  readonly dataChecksum: string;
  /** Numbers that people want to know. */
  readonly parameters: number;
  /** `65 characters`, `10 classes`. */
  readonly facts: readonly string[];
  readonly stepsPerEpoch: number;
  readonly brain: BrainConfig;
  readonly resumption: Resumption;
  readonly programs: Programs;
  readonly batches: RunBatches;
  /** Recurrent state runs on from step to step. */
  readonly carriesState: boolean;
  readonly memory: ModelMemory;
  /** Recurrent state after the checkpoint's step, by shard; empty without one. */
  readonly states: ReadonlyMap<number, Tensors>;
  /** Lines for people: what was resumed, which checkpoints were refused and why. */
  readonly notes: readonly string[];
}

/** Where a run goes on from: a checkpoint, or the start. */
export interface RestoredStep {
  readonly step: number;
  /** The checkpoint knows its validation loss, or none was due. */
  readonly validated: boolean;
  /** Recurrent state after the step, by shard; empty without one. */
  readonly states: ReadonlyMap<number, Tensors>;
  /** As in CheckpointRequest. */
  readonly doubts: Readonly<Record<string, number>>;
}

export interface CommitRequest {
  readonly step: number;
  /** The vector that the weights go to, which nobody reads. */
  readonly to: number;
  readonly epoch: number;
  /** Of the epoch, as in StepPlace. */
  readonly positions: readonly [number, number];
  /** As they were added. */
  readonly nodes: readonly LedgerNode[];
  readonly workers: number;
  /** When the step before was committed or validated, or training began; milliseconds of `nowMs`. */
  readonly since: number;
  readonly last: LastWorker;
}

export interface ValidationRecord {
  readonly step: number;
  readonly epoch: number;
  readonly lossSum: number;
  readonly weight: number;
  readonly seconds: number;
  readonly workers: number;
}

export interface CheckpointRequest {
  /** The newest committed one. */
  readonly step: number;
  /** Steps that a roll-back may go to: the newest checkpoint at or before each of them is kept. */
  readonly needed: readonly number[];
  /** Up to which step workers are trusted, by name. */
  readonly doubts: Readonly<Record<string, number>>;
  /** Names and shapes of the recurrent state. */
  readonly program: Program;
  readonly states: ReadonlyMap<number, Tensors>;
  readonly arithmetic: Arithmetic;
}

export interface RollBackRequest {
  /** The run goes on from its newest whole checkpoint at or before this step; without one from the start. */
  readonly to: number;
  /** Where the weights of that checkpoint are put. */
  readonly vector: number;
}

export type ToRun =
  /** Only look at a job's files; answered by `inspected`. */
  | { readonly type: 'inspect'; readonly job: TrainingJob; readonly place: JobPlace }
  | { readonly type: 'open'; readonly request: RunRequest }
  /** A node of the step under way: answered by `added` once its slot is free. */
  | { readonly type: 'add'; readonly slot: number; readonly node: TreeNode; readonly sum: LossSum }
  /** All nodes were added. */
  | { readonly type: 'commit'; readonly request: CommitRequest }
  /** A shard's results of one batch of a validation, to be scored. */
  | { readonly type: 'score'; readonly batch: number; readonly results: ReadonlyMap<number, Tensors> }
  /** All batches were scored. With patience answered by `judged`. */
  | { readonly type: 'validated'; readonly record: ValidationRecord }
  /** Answered by `checkpoint-written` or `checkpoint-failed`, other messages before. */
  | { readonly type: 'checkpoint'; readonly request: CheckpointRequest }
  /** Answered by `added` for every slot whose node is not needed any more, then by `rolled-back`. */
  | { readonly type: 'roll-back'; readonly request: RollBackRequest }
  /** Wait for a disk that refuses no longer; taken note of at once, other messages before. */
  | { readonly type: 'hurry' }
  | { readonly type: 'close' };

export type FromRun =
  | { readonly type: 'inspected'; readonly faults: readonly JobFault[] }
  | { readonly type: 'opened'; readonly run: OpenedRun }
  /** The run could not be opened; `path` names the field of the spec where one is to blame. */
  | {
      readonly type: 'refused';
      readonly message: string;
      readonly path?: string | undefined;
      /** What passes by itself: another process holds the run, or the disk refuses to work. */
      readonly passing?: 'locked' | 'disk' | undefined;
    }
  | { readonly type: 'added'; readonly free: number }
  /** The weights lie in the vector that was asked for. The step's line of metrics follows as `recorded`. */
  | { readonly type: 'committed'; readonly step: number }
  | { readonly type: 'diverged'; readonly step: number }
  | { readonly type: 'recorded'; readonly metrics: string }
  | { readonly type: 'judged'; readonly step: number; readonly enough: boolean }
  /** `blockedSeconds` of its `seconds` the thread could do nothing else. */
  | {
      readonly type: 'checkpoint-written';
      readonly step: number;
      readonly seconds: number;
      readonly blockedSeconds: number;
    }
  /** `diverged`: the weights are not finite, and asking again does not help. */
  | {
      readonly type: 'checkpoint-failed';
      readonly step: number;
      readonly reason: string;
      readonly diverged: boolean;
    }
  /** It is on disk that the run goes back: a crash does not undo it. */
  | { readonly type: 'roll-back-begun' }
  | ({ readonly type: 'rolled-back' } & RestoredStep)
  /** The disk begins to refuse something, or does not any more. */
  | { readonly type: 'disk'; readonly what: string; readonly fault: string | undefined }
  /** Another process has taken the run's folder over: nothing more is written to it. */
  | { readonly type: 'lost'; readonly message: string }
  /** A bug or a disk error that the run cannot go on after. */
  | { readonly type: 'broken'; readonly message: string; readonly stack?: string | undefined };
