// One connected worker, as a run sees it: who it is, and what can be sent to it.

import type { Broadcast } from '@rondo/protocol';
import type { EngineName, Tensors } from '@rondo/rnn-core';
import type { GradientFormat, LossSum, Offer, Programs, RoundPhase, TreeNode } from '@rondo/training';

export interface EngineOffer extends Offer {
  readonly description: string;
  readonly library: string;
  readonly tokensPerSecond: number;
}

interface Preparation {
  readonly run: string;
  readonly engine: EngineName;
  readonly programs: Programs;
  readonly format: GradientFormat;
  /** Leaves of a training step's tree. */
  readonly shards: number;
}

interface Assignment {
  readonly task: number;
  readonly run: string;
  readonly phase: RoundPhase;
  /** Of the batch: which of the phase's programs computes it. */
  readonly shape: number;
  readonly step: number;
  readonly node: TreeNode;
  /** Batch data and recurrent state by shard. */
  readonly shards: ReadonlyMap<number, Tensors>;
}

/** What a worker says of a node when it is done; its gradients have come before. */
export interface WorkerResult extends LossSum {
  readonly task: number;
  readonly run: string;
  /** Of computing, without waiting and sending. */
  readonly seconds: number;
  /** Recurrent state, and what an evaluation results in, by shard. */
  readonly outputs: ReadonlyMap<number, Tensors>;
}

/** What a worker's log says of a run. */
export interface WorkerLog {
  readonly run: string;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** Lines that are not here because there were too many. */
  readonly dropped: number;
}

export interface Connection {
  /** Unique among the workers that are connected. */
  readonly name: string;
  readonly offers: readonly EngineOffer[];
  /** When anything last came from the worker, in milliseconds of `performance.now`; well, it says something every second. */
  readonly lastSeenMs: number;
  prepare(preparation: Preparation): void;
  /**
   * @param message the same for all workers.
   * @returns settles when nobody reads its tensors any more: the transport has taken all of it, or the connection ended.
   */
  weights(message: Broadcast): Promise<unknown>;
  assign(assignment: Assignment): void;
  /** Nobody waits for the task any more; the worker still answers it, once. */
  cancel(task: number): void;
  idle(reason: string): void;
  /** Ends the connection because of what the worker did, or did not do: nothing is sent or received any more. */
  refuse(reason: string): void;
}
