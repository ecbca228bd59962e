// What the worker's connection thread and its compute thread say to each other.

import type { Device, EngineName, Program, Tensors } from '@rondo/rnn-core';
import type { RoundPhase, TreeNode } from '@rondo/training';
import type { ComputedNode } from './node.ts';

/** An engine that works here, as measured at start. */
export interface EngineReport {
  readonly engine: EngineName;
  readonly device: Device;
  readonly fingerprint: string;
  /** Of the gradients of a small LSTM. */
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

export interface ComputeTask {
  readonly task: number;
  readonly phase: RoundPhase;
  readonly step: number;
  readonly node: TreeNode;
  readonly shards: ReadonlyMap<number, Tensors>;
}

export type ToCompute =
  | { readonly type: 'probe'; readonly engines: readonly EngineName[] }
  | { readonly type: 'prepare'; readonly engine: EngineName; readonly programs: Readonly<Record<RoundPhase, Program>> }
  | { readonly type: 'weights'; readonly weights: Tensors }
  | { readonly type: 'compute'; readonly task: ComputeTask }
  | { readonly type: 'close' };

export interface Computed extends ComputedNode {
  readonly task: number;
  /** Of computing alone. */
  readonly seconds: number;
}

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
  | { readonly type: 'computed'; readonly computed: Computed }
  | { readonly type: 'failed'; readonly task: number; readonly reason: string };
