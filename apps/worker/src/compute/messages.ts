// What the worker's connection thread and its compute threads say to each other.

import type { Device, EngineName, Tensors } from '@rondo/rnn-core';
import type { ModelMemory, Programs, RoundPhase } from '@rondo/training';
import type { SharedNode } from './shared-node.ts';

/** An engine that works here, as measured at start. */
export interface EngineReport {
  readonly engine: EngineName;
  readonly device: Device;
  readonly fingerprint: string;
  /** Of the gradients of a small LSTM, on one thread. */
  readonly tokensPerSecond: number;
}

/** An engine that does not work here, and why. */
interface EngineRefusal {
  readonly engine: EngineName;
  readonly reason: string;
}

export interface ProbeResult {
  readonly working: readonly EngineReport[];
  readonly refused: readonly EngineRefusal[];
}

/** What a run computes with, on every thread. */
export interface Preparation {
  readonly engine: EngineName;
  readonly programs: Programs;
  /** Where the gradients of shards lie, for all threads. */
  readonly memory: ModelMemory;
  /** What a plan of one thread may take. */
  readonly planBytes: number;
}

/** One shard of a task. */
export interface ShardTask {
  readonly phase: RoundPhase;
  /** Of the batch: which of the phase's programs computes it. */
  readonly shape: number;
  /** The training step, from 1; keys the random masks. */
  readonly step: number;
  readonly shard: number;
  /** Batch data and recurrent state. */
  readonly inputs: Tensors;
  readonly node: SharedNode;
}

export interface ComputedShard {
  readonly shard: number;
  readonly lossSum: number;
  readonly weight: number;
  /** New recurrent state, and the program's results. */
  readonly outputs: Tensors;
}

export type ToCompute =
  | { readonly type: 'probe'; readonly engines: readonly EngineName[] }
  | { readonly type: 'prepare'; readonly preparation: Preparation }
  | { readonly type: 'weights'; readonly weights: Tensors }
  | { readonly type: 'compute'; readonly task: ShardTask }
  | { readonly type: 'close' };

export type FromCompute =
  | { readonly type: 'probed'; readonly result: ProbeResult }
  /** A plan was compiled: what really runs it. */
  | {
      readonly type: 'compiled';
      readonly phase: RoundPhase;
      readonly engine: EngineName;
      readonly device: string;
      readonly executor: string;
    }
  // Of the shard that the thread was given last:
  /** The sum of a parameter's gradient over the task's node is final. */
  | { readonly type: 'gradient'; readonly parameter: string }
  | { readonly type: 'computed'; readonly computed: ComputedShard }
  /** `final`: the run's programs do not fit. */
  | { readonly type: 'failed'; readonly reason: string; readonly final: boolean };
