// The brain's memory: everything it decides from.

import type { EngineChoice } from '@rondo/spec';
import type { TreeNode } from '../reduction-tree.ts';
import type { Arithmetic, Contribution, Offer, Outcome, RoundPhase } from './messages.ts';

/** What does not change while a run is under way. */
export interface BrainConfig {
  /** Leaves of the reduction tree of a training step. */
  readonly shards: number;
  /** The last step; steps are numbered from 1. */
  readonly steps: number;
  readonly validateEvery: number;
  /** Batches of a validation, and shards of each; 0 batches: no validation. */
  readonly validationBatches: number;
  readonly validationShards: number;
  readonly checkpointEvery: number;
  /** Eligible workers that the first round waits for. */
  readonly minWorkers: number;
  readonly engine: EngineChoice;
  /** Let workers of other fingerprints compute too. */
  readonly mixed: boolean;
}

export interface WorkerState {
  readonly name: string;
  readonly offers: readonly Offer[];
  readonly prepared: boolean;
  /** The step after which it has the weights. */
  readonly weights: number | undefined;
  readonly task: number | undefined;
  /** Nodes it has computed for this run. */
  readonly nodes: number;
  readonly failures: number;
  readonly leaving: boolean;
  /** What it was last told. */
  readonly idle: string | undefined;
}

/** One batch on its way through the workers. */
export interface Round {
  readonly phase: RoundPhase;
  /** The training step, or the step after which validation runs. */
  readonly step: number;
  readonly batch: number;
  /** Disjoint nodes that nobody computes. */
  readonly open: readonly TreeNode[];
  readonly running: readonly Contribution[];
  readonly done: readonly Contribution[];
}

export interface BrainState {
  readonly config: BrainConfig;
  /** In the order in which they joined. */
  readonly workers: readonly WorkerState[];
  readonly arithmetic: Arithmetic | undefined;
  readonly committed: number;
  /** The newest step whose checkpoint was asked for; equal to `written` when none is under way. */
  readonly checkpointed: number;
  readonly written: number;
  /** Absent while waiting, while a step commits, and at the end. */
  readonly round: Round | undefined;
  readonly committing: boolean;
  readonly started: boolean;
  /** The run goes on from a checkpoint that was written before its step's validation. */
  readonly owesValidation: boolean;
  /** Set once the run is to end: it ends when the last checkpoint is on disk. */
  readonly ending: { readonly outcome: Outcome; readonly reason: string } | undefined;
  readonly ended: boolean;
  readonly nextTask: number;
  /** The reason of the phase that was last told. */
  readonly told: string;
}

/** Where a run goes on from. */
export interface Resumption {
  /** The step of the checkpoint; 0: from the start. */
  readonly committed: number;
  /** The checkpoint knows its validation loss, or none was due. */
  readonly validated: boolean;
  readonly arithmetic?: Arithmetic | undefined;
  /** The number of the first task, default 1: workers tell the tasks of one run from those of the run before by it. */
  readonly firstTask?: number;
}

export function initialState(
  config: BrainConfig,
  { committed, validated, arithmetic, firstTask = 1 }: Resumption,
): BrainState {
  return {
    config,
    workers: [],
    arithmetic,
    owesValidation: committed > 0 && !validated,
    committed,
    checkpointed: committed,
    written: committed,
    round: undefined,
    committing: false,
    started: false,
    ending: undefined,
    ended: false,
    nextTask: firstTask,
    told: '',
  };
}
