// What the coordinator's main thread and the thread that owns a run say to each other.
// Tensors travel as views of shared memory: nothing is copied between the threads.

import type { Program, Tensors } from '@rondo/rnn-core';
import type { TrainingJob } from '@rondo/spec';
import type { Arithmetic, BrainConfig, Resumption, TreeNode } from '@rondo/training';

/** Where a run's files are. */
export interface RunPlace {
  /** The run's folder. */
  readonly folder: string;
  /** What the spec's paths are relative to. */
  readonly base: string;
  /** Nothing outside this folder is read; absent: anything the user may read. */
  readonly root?: string | undefined;
}

/** The tokens of a run's text, in shared memory. */
export interface TokenBuffers {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

/** A run as the main thread needs it. */
export interface OpenedRun {
  readonly job: TrainingJob;
  readonly brain: BrainConfig;
  readonly resumption: Resumption;
  readonly programs: { readonly gradients: Program; readonly evaluation: Program };
  readonly tokens: TokenBuffers;
  readonly weights: Tensors;
  /** Recurrent state after the checkpoint's step, by shard; empty without one. */
  readonly states: ReadonlyMap<number, Tensors>;
  /** Lines for people: what was resumed, which checkpoints were refused and why. */
  readonly notes: readonly string[];
}

export interface NodeResult {
  readonly node: TreeNode;
  readonly worker: string;
  readonly lossSum: number;
  readonly weight: number;
  readonly gradients: Tensors;
}

export interface CommitRequest {
  readonly step: number;
  readonly epoch: number;
  /** First and past-the-last token of every lane that the step's inputs come from. */
  readonly positions: readonly [number, number];
  readonly results: readonly NodeResult[];
  readonly workers: number;
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
  readonly step: number;
  readonly epoch: number;
  readonly states: ReadonlyMap<number, Tensors>;
  readonly arithmetic: Arithmetic;
}

export type ToRun =
  | { readonly type: 'open'; readonly place: RunPlace; readonly job: TrainingJob; readonly resume: boolean }
  | { readonly type: 'commit'; readonly request: CommitRequest }
  | { readonly type: 'validated'; readonly record: ValidationRecord }
  | { readonly type: 'checkpoint'; readonly request: CheckpointRequest }
  | { readonly type: 'close' };

export type FromRun =
  | { readonly type: 'opened'; readonly run: OpenedRun }
  /** The run could not be opened; `path` names the field of the spec where one is to blame. */
  | { readonly type: 'refused'; readonly message: string; readonly path?: string | undefined }
  | { readonly type: 'committed'; readonly step: number; readonly weights: Tensors; readonly metrics: string }
  | { readonly type: 'diverged'; readonly step: number }
  | { readonly type: 'recorded'; readonly metrics: string }
  | { readonly type: 'checkpoint-written'; readonly step: number; readonly seconds: number }
  | { readonly type: 'checkpoint-failed'; readonly step: number; readonly reason: string }
  /** A bug or a disk error that the run cannot go on after. */
  | { readonly type: 'broken'; readonly message: string };
