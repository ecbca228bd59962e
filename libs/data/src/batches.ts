// Tokens cut into lanes, lanes into shards, and time into steps: what every step of an epoch trains on.

import type { Tensors } from '@rondo/rnn-core';
import { DataFault } from './fault.ts';

export interface BatchShape {
  /** Sequences in a global batch; a multiple of `shards`. */
  readonly batch: number;
  /** T: time steps. */
  readonly sequence: number;
  readonly shards: number;
}

/** Plain data: it travels from thread to thread. */
export interface LanePlan extends BatchShape {
  readonly kind: 'lanes';
  readonly tokens: Int32Array;
}

export interface StepPlace {
  /** From 0. */
  readonly epoch: number;
  /** From 0. */
  readonly stepInEpoch: number;
  /**
   * What of the epoch the step trains on: positions [from, to) of every lane of tokens, with targets [from + 1, to + 1), or
   * examples [from, to) in the epoch's order.
   */
  readonly from: number;
  readonly to: number;
  /** Which of the run's shapes the batch has. */
  readonly shape: number;
}

/** What a run trains on. */
export interface Batches {
  readonly stepsPerEpoch: number;
  /** Where step k of a run, from 1, stands. */
  place(step: number): StepPlace;
  /** Batch inputs of the program. @param step from 1. @param shard from 0: lanes [shard·batch/shards, (shard + 1)·batch/shards). */
  shard(step: number, shard: number): Tensors;
}

export interface ValidationBatches {
  readonly steps: number;
  /** Shards of the training's own shape; at most as many. The last may have lanes that do not count. */
  readonly shards: number;
  /** Which of the validation's shapes a batch has. @param step from 0. */
  shape(step: number): number;
  /** @param step from 0. @param shard from 0. */
  shard(step: number, shard: number): Tensors;
}

/** The last ⌈n·validation⌉ tokens validate, in the arithmetic of doubles: ⌈100·0.07⌉ is 8. */
export function splitTokens(tokens: Int32Array, validation: number): { training: Int32Array; validation: Int32Array } {
  const cut = tokens.length - Math.ceil(tokens.length * validation);
  return { training: tokens.subarray(0, cut), validation: tokens.subarray(cut) };
}

/**
 * Cuts the tokens into `batch` equal contiguous lanes and drops the remainder. Step k of an epoch takes positions
 * [kT, (k+1)T) of every lane; an epoch has ⌊(lane length − 1)/T⌋ steps and drops the rest.
 * @throws DataFault text-too-short when not even one step fits.
 */
export function createBatches(tokens: Int32Array, { batch, sequence, shards }: BatchShape): Batches {
  const lanes = cutLanes(tokens, batch, sequence);
  if (lanes.steps < 1) {
    const needed = batch * (sequence + 1);
    const message =
      `the text has ${tokens.length} tokens to train on, and one step needs batch·(sequence + 1) = ${needed}; ` +
      'add text or make batch or sequence smaller';
    throw new DataFault('text-too-short', message, 'spec.data.text');
  }
  return {
    stepsPerEpoch: lanes.steps,
    place(step) {
      const epoch = Math.floor((step - 1) / lanes.steps);
      const stepInEpoch = (step - 1) % lanes.steps;
      return { epoch, stepInEpoch, from: stepInEpoch * sequence, to: (stepInEpoch + 1) * sequence, shape: 0 };
    },
    shard: (step, shard) => lanes.shard((step - 1) % lanes.steps, shard, batch / shards),
  };
}

/**
 * The same cut for validation, with as many lanes as fit: up to `batch`, each at least one step long. They fill the shards
 * in order, in the training's own shape, so that one program serves both; what the last shard has left over are lanes
 * whose targets do not count. Null without tokens.
 * @throws DataFault validation-too-short when there are tokens, but too few for one lane.
 */
export function createValidation(
  tokens: Int32Array,
  { batch, sequence, shards }: BatchShape,
): ValidationBatches | null {
  if (tokens.length === 0) return null;
  const count = Math.min(batch, Math.floor(tokens.length / (sequence + 1)));
  if (count < 1) {
    const message =
      `${tokens.length} tokens are left for validation, and one step of one lane needs sequence + 1 = ` +
      `${sequence + 1}; raise validation, set it to 0 for none, add text, or make sequence smaller`;
    throw new DataFault('validation-too-short', message, 'spec.data.validation');
  }
  const width = batch / shards;
  const lanes = cutLanes(tokens, count, sequence);
  return {
    steps: lanes.steps,
    shards: Math.ceil(count / width),
    shape: () => 0,
    shard: (step, shard) => lanes.shard(step, shard, width),
  };
}

/** The target of a place that holds no token: crossEntropy does not count it. */
const noTarget = -1;

function cutLanes(tokens: Int32Array, count: number, sequence: number) {
  const length = Math.floor(tokens.length / count);
  const steps = Math.floor((length - 1) / sequence);
  return {
    steps,
    shard(step: number, shard: number, width: number): Tensors {
      const first = shard * width;
      if (step < 0 || step >= steps || shard < 0 || first >= count) {
        throw new Error(`batches: no step ${step} of ${steps}, shard ${shard} of ${Math.ceil(count / width)}`);
      }
      const ids = new Int32Array(sequence * width);
      const targets = new Int32Array(sequence * width).fill(noTarget);
      for (let lane = 0; lane < Math.min(width, count - first); lane++) {
        const start = (first + lane) * length + step * sequence;
        for (let t = 0; t < sequence; t++) {
          ids[t * width + lane] = tokens[start + t];
          targets[t * width + lane] = tokens[start + t + 1];
        }
      }
      return { ids, targets };
    },
  };
}
