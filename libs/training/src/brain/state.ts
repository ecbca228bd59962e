// The brain's memory: everything it decides from.

import type { EngineChoice } from '@rondo/spec';
import type { TreeNode } from '../reduction-tree.ts';
import type { Arithmetic, Contribution, Offer, Outcome, RoundPhase } from './messages.ts';

/** What does not change while a run is under way. */
export interface BrainConfig {
  /** Leaves of the reduction tree of a training step. */
  readonly shards: number;
  /** Gradients of nodes that the coordinator can hold at once: more than shards, where nodes can be computed twice. */
  readonly slots: number;
  /** The last step; steps are numbered from 1. */
  readonly steps: number;
  readonly validateEvery: number;
  /** Batches of a validation, and shards of each; 0 batches: no validation. */
  readonly validationBatches: number;
  readonly validationShards: number;
  /** Every validation is judged before the run goes on, and may end it. */
  readonly stopsEarly: boolean;
  readonly checkpointEvery: number;
  /** Eligible workers that the first round waits for. */
  readonly minWorkers: number;
  readonly engine: EngineChoice;
  /** Let workers of other fingerprints compute too. */
  readonly mixed: boolean;
  /** Share of a training step's nodes that a second worker computes too before the step commits, 0 to 1. */
  readonly audit: number;
  /** Of the run: it also decides which nodes are audited. */
  readonly seed: number;
}

/** How long a worker takes, in milliseconds of the brain's clock; undefined until it has shown it. */
export interface Pace {
  /** From assignment to answer, for as many shards as the worker has threads. */
  readonly roundMs: number;
  /** The part of it that is computing. */
  readonly computeMs: number;
}

/** What is remembered of a worker by its name, also while it is away. */
export interface WorkerRecord {
  /** Nodes it has computed for this run. */
  readonly nodes: number;
  readonly failures: number;
  /** Why it gets no more work of this run. */
  readonly aside: string | undefined;
  /**
   * Where the run goes back to if its bits turn out to be wrong: the step before its last passed audit, or before its first
   * node that was committed without one. Undefined while there is no such node.
   */
  readonly trusted: number | undefined;
  /** When its connection ended; undefined while it is there, and of workers of an earlier process. */
  readonly leftMs: number | undefined;
}

export interface WorkerState extends WorkerRecord {
  readonly name: string;
  readonly offers: readonly Offer[];
  readonly prepared: boolean;
  /** The step after which it has the weights. */
  readonly weights: number | undefined;
  /** Until it has answered: a worker has one task at a time. */
  readonly task: Attempt | undefined;
  readonly pace: { readonly [phase in RoundPhase]?: Pace };
  /** What its first task took, programs and all. */
  readonly firstMs: number | undefined;
  readonly leaving: boolean;
  /** What it was last told. */
  readonly idle: string | undefined;
}

/** A node that a worker was asked to compute. */
export interface Attempt extends Contribution {
  readonly phase: RoundPhase;
  readonly sinceMs: number;
  /** It is the first of its worker, which has to compile programs before. */
  readonly first: boolean;
  /** To be compared with the answer of another worker. */
  readonly audit: boolean;
  /** `late`: others may compute the node as well; `cancelled`: nobody waits for it, but its worker has not answered yet. */
  readonly standing: 'wanted' | 'late' | 'cancelled';
}

export interface Answer extends Contribution {
  readonly digest: string | undefined;
  readonly finite: boolean;
}

/** A node whose answers are compared before one of them is added. */
export interface Check {
  readonly node: TreeNode;
  /** Of different workers; the first two differ if there are more. */
  readonly answers: readonly Answer[];
}

/** One batch on its way through the workers. What runs is what the workers' tasks say. */
export interface Round {
  readonly phase: RoundPhase;
  /** The training step, or the step after which validation runs. */
  readonly step: number;
  readonly batch: number;
  readonly shards: number;
  readonly checks: readonly Check[];
  readonly done: readonly Done[];
}

export interface Done extends Contribution {
  readonly audited: boolean;
}

/** A worker's answer for a node that was not finite. */
export interface Suspicion {
  readonly node: TreeNode;
  readonly worker: string;
}

interface Saving {
  /** A checkpoint is to be written. */
  readonly due: boolean;
  /** The step whose checkpoint is being written. */
  readonly underWay: number | undefined;
  /** In a row. */
  readonly failures: number;
  /** Of the last failure. */
  readonly fault: string | undefined;
  /** Not before. */
  readonly retryAtMs: number;
}

export interface BrainState {
  readonly config: BrainConfig;
  /** The newest time that an event came with. */
  readonly nowMs: number;
  /** In the order in which they joined. */
  readonly workers: readonly WorkerState[];
  /** Names of workers that say nothing any more, though they are connected. */
  readonly silent: readonly string[];
  /** Of workers that are away. */
  readonly away: Readonly<Record<string, WorkerRecord>>;
  readonly arithmetic: Arithmetic | undefined;
  readonly committed: number;
  /** When the round began, or the commit or roll-back after it. */
  readonly sinceMs: number;
  readonly saving: Saving;
  /** The step of the newest checkpoint on disk. */
  readonly written: number;
  /** Absent while waiting, while a step commits or a roll-back is under way, and at the end. */
  readonly round: Round | undefined;
  /** Of the step under way. */
  readonly suspicions: readonly Suspicion[];
  readonly committing: boolean;
  /** A validation is through, and it is not known yet whether it ends the run. */
  readonly judging: boolean;
  /** The run ends before the steps that it was to take. */
  readonly endsEarly: boolean;
  readonly rollingBack: boolean;
  readonly started: boolean;
  /** The run goes on from a checkpoint that was written before its step's validation. */
  readonly owesValidation: boolean;
  /** Set once the run is to end: it ends when the last checkpoint is on disk. */
  readonly ending: { readonly outcome: Outcome; readonly reason: string } | undefined;
  readonly ended: boolean;
  readonly firstTask: number;
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
  /** Workers that were put aside before, by name, and why. */
  readonly aside?: Readonly<Record<string, string>> | undefined;
  /** The steps up to which workers are trusted, by name, as the checkpoint knew them. */
  readonly doubts?: Readonly<Record<string, number>> | undefined;
}

export const newRecord: WorkerRecord = {
  nodes: 0,
  failures: 0,
  aside: undefined,
  trusted: undefined,
  leftMs: undefined,
};

const nothingToSave: Saving = {
  due: false,
  underWay: undefined,
  failures: 0,
  fault: undefined,
  retryAtMs: 0,
};

/** A worker that is here. */
export const workerOf = (state: BrainState, name: string): WorkerState =>
  state.workers.find((worker) => worker.name === name) as WorkerState;

/** A worker may be called `constructor`. */
export const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

export function initialState(
  config: BrainConfig,
  { committed, validated, arithmetic, firstTask = 1, aside = {}, doubts = {} }: Resumption,
): BrainState {
  const records = [...new Set([...Object.keys(aside), ...Object.keys(doubts)])].map((name): [string, WorkerRecord] => [
    name,
    { ...newRecord, aside: own(aside, name), trusted: own(doubts, name) },
  ]);
  return {
    config,
    nowMs: 0,
    workers: [],
    silent: [],
    away: Object.fromEntries(records),
    arithmetic,
    owesValidation: committed > 0 && !validated,
    committed,
    sinceMs: 0,
    saving: nothingToSave,
    written: committed,
    round: undefined,
    suspicions: [],
    committing: false,
    judging: false,
    endsEarly: false,
    rollingBack: false,
    started: false,
    ending: undefined,
    ended: false,
    firstTask,
    nextTask: firstTask,
    told: '',
  };
}
