// What goes into the brain and what comes out of it: events and effects as plain data.

import type { EngineName, Program } from '@rondo/rnn-core';
import type { TreeNode } from '../reduction-tree.ts';

/** An engine that a worker offers. */
export interface Offer {
  readonly engine: EngineName;
  readonly device: 'gpu' | 'software-gpu' | 'cpu';
  readonly fingerprint: string;
  /** Compute threads that it runs on. */
  readonly threads: number;
}

/** The arithmetic that a run is pinned to. */
export interface Arithmetic {
  readonly engine: EngineName;
  readonly fingerprint: string;
}

/** What a round computes. */
export type RoundPhase = 'gradients' | 'evaluation';

/** A run's programs: one for each shape that its batches come in. */
export type Programs = { readonly [phase in RoundPhase]: readonly Program[] };

export type StopReason = 'paused' | 'cancelled' | 'interrupted';

/** A worker that the brain did not know. */
export interface Newcomer {
  readonly worker: string;
  readonly offers: readonly Offer[];
}

export type Event =
  /** The run is open, and these workers are there, so that the best of what they offer is chosen among all of them. */
  | { readonly type: 'opened'; readonly workers: readonly Newcomer[] }
  | ({ readonly type: 'worker-joined' } & Newcomer)
  /** The connection ended, however it ended. */
  | { readonly type: 'worker-left'; readonly worker: string }
  /** The worker finishes its task and takes no other. */
  | { readonly type: 'worker-leaving'; readonly worker: string }
  /** A well-formed result of a task has arrived. */
  | ({ readonly type: 'node-computed'; readonly worker: string; readonly task: number } & Computed)
  /** `final`: the worker can compute none of the run's nodes. */
  | {
      readonly type: 'node-failed';
      readonly worker: string;
      readonly task: number;
      readonly reason: string;
      readonly final: boolean;
    }
  /** The optimizer has taken step `step`. */
  | { readonly type: 'committed'; readonly step: number }
  /** The reduced gradient of `step` was not finite: the weights are those of the step before. */
  | { readonly type: 'diverged'; readonly step: number }
  | { readonly type: 'checkpoint-written'; readonly step: number }
  /** `diverged`: the weights are not finite, so that there is nothing to write. */
  | { readonly type: 'checkpoint-failed'; readonly step: number; readonly reason: string; readonly diverged: boolean }
  /** Weights, optimizer and files are those after `step`; `validated` as in Resumption. */
  | { readonly type: 'rolled-back'; readonly step: number; readonly validated: boolean }
  /** With `stopsEarly`, after the last batch of a validation: whether the run has got no better for long enough. */
  | { readonly type: 'judged'; readonly step: number; readonly enough: boolean }
  | { readonly type: 'stop'; readonly reason: StopReason }
  /**
   * Time has passed: some ten times a second. `silent`: workers that should have said meanwhile that they are alive, and
   * have not: nothing is to be expected of them for now.
   */
  | { readonly type: 'tick'; readonly silent: readonly string[] };

export interface Computed {
  /** Whether loss, gradients and recurrent state all are. */
  readonly finite: boolean;
  /** Of all of them; where `auditDue` says so. */
  readonly digest?: string | undefined;
  /** Of computing, without waiting and sending. */
  readonly computeMs: number;
}

export type Outcome = 'finished' | 'failed' | StopReason;

export interface Contribution {
  readonly task: number;
  readonly worker: string;
  readonly node: TreeNode;
}

export type Effect =
  /** The run computes with this arithmetic from now on. */
  | { readonly type: 'pin'; readonly arithmetic: Arithmetic }
  /** Send the run's programs; comes before anything else that a worker gets for a run. */
  | { readonly type: 'prepare'; readonly worker: string }
  | { readonly type: 'send-weights'; readonly worker: string; readonly step: number }
  /** `batch` is the training step, or the place of a batch in the validation text, from 0. */
  | {
      readonly type: 'assign';
      readonly worker: string;
      readonly task: number;
      readonly phase: RoundPhase;
      readonly step: number;
      readonly batch: number;
      readonly node: TreeNode;
    }
  /** The worker has nothing to do for this reason, which differs from the last one it was told. */
  | { readonly type: 'idle'; readonly worker: string; readonly reason: string }
  /**
   * Nobody waits for the worker's task any more: tell it, and drop what came of the task. Its answer comes nevertheless, and
   * frees the worker.
   */
  | { readonly type: 'cancel'; readonly worker: string; readonly task: number }
  /** Drop what came of a task: its worker is gone or failed, or its answer is not used. */
  | { readonly type: 'drop'; readonly task: number }
  /** An answer came to a task that the worker does not have. */
  | { readonly type: 'refuse'; readonly worker: string; readonly task: number; readonly reason: string }
  /** A node of this worker was not finite, and finite when it was computed again. */
  | { readonly type: 'suspect'; readonly worker: string; readonly reason: string }
  /** The worker gets no more work of this run; to be remembered as long as the run lasts (`Resumption.aside`). */
  | { readonly type: 'put-aside'; readonly worker: string; readonly reason: string }
  /**
   * Go back to the newest checkpoint at or before step `to`, 0 being the start, as if nothing had come after it; answer
   * `rolled-back`.
   */
  | { readonly type: 'roll-back'; readonly to: number; readonly reason: string }
  /** The node of a training step's tree is computed for good: add it to those that are in. */
  | { readonly type: 'add'; readonly task: number; readonly node: TreeNode }
  /** All nodes of the step are in: take the optimizer step, then answer `committed` or `diverged`. */
  | { readonly type: 'commit'; readonly step: number; readonly contributions: readonly Contribution[] }
  /** The losses and states of one batch of validation are in. */
  | {
      readonly type: 'validated-batch';
      readonly step: number;
      readonly batch: number;
      readonly last: boolean;
      readonly contributions: readonly Contribution[];
    }
  /**
   * Write a checkpoint of the weights after `step`, then answer `checkpoint-written` or `checkpoint-failed`. For each step
   * in `needed` the newest checkpoint at or before it is to be kept.
   */
  | {
      readonly type: 'checkpoint';
      readonly step: number;
      readonly needed: readonly number[];
      /** For `Resumption.doubts`. */
      readonly doubts: Readonly<Record<string, number>>;
    }
  /** The run's phase changed, and why. */
  | { readonly type: 'phase'; readonly phase: 'waiting' | 'training'; readonly reason: string }
  | { readonly type: 'end'; readonly outcome: Outcome; readonly reason: string };
