// One connected worker, as a run sees it: who it is, and what can be sent to it.

import type { EngineName, Program, Tensors } from '@rondo/rnn-core';
import type { Offer, RoundPhase, TreeNode } from '@rondo/training';

export interface EngineOffer extends Offer {
  readonly description: string;
  readonly library: string;
  readonly tokensPerSecond: number;
}

interface Assignment {
  readonly task: number;
  readonly run: string;
  readonly phase: RoundPhase;
  readonly step: number;
  readonly node: TreeNode;
  /** Batch data and recurrent state by shard. */
  readonly shards: ReadonlyMap<number, Tensors>;
}

export interface WorkerResult {
  readonly task: number;
  readonly run: string;
  readonly lossSum: number;
  readonly weight: number;
  readonly seconds: number;
  readonly gradients: Tensors;
  readonly states: ReadonlyMap<number, Tensors>;
}

export interface Connection {
  /** Unique among the workers that are connected. */
  readonly name: string;
  readonly offers: readonly EngineOffer[];
  prepare(run: string, engine: EngineName, programs: { gradients: Program; evaluation: Program }): void;
  weights(run: string, step: number, weights: Tensors): void;
  assign(assignment: Assignment): void;
  idle(reason: string): void;
  /** Ends the connection because of what the worker did. */
  refuse(reason: string): void;
}
