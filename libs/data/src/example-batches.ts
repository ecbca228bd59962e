// Batches of a set of examples: shuffled anew in every epoch, each in one of a few shapes.

import { hashOf, mix, type Tensors } from '@rondo/rnn-core';
import type { Batches, ValidationBatches } from './batches.ts';
import type { Extents } from './buckets.ts';
import type { Columns } from './columns.ts';
import { type Feed, feedAll } from './feeds.ts';

/** Plain data: it travels from thread to thread. */
export interface ExamplePlan {
  readonly kind: 'examples';
  readonly columns: Columns;
  readonly feeds: readonly Feed[];
  /** The shapes, and the shape of every example. */
  readonly extents: readonly Extents[];
  readonly bucketOf: Uint8Array;
  /** Examples in a global batch; a multiple of `shards`. */
  readonly batch: number;
  readonly shards: number;
  /** Keys the order of an epoch. */
  readonly seed: number;
}

interface Batch {
  readonly shape: number;
  readonly examples: Int32Array;
  /** Examples of the epoch before it. */
  readonly from: number;
}

/**
 * Training: every epoch has all examples once. The examples of a shape, in the order of a hash of (seed, epoch, example), are
 * cut into batches, the last of which may have empty lanes; batches come in the order of a hash of (seed, epoch, batch).
 */
export function exampleBatches(plan: ExamplePlan): Batches {
  const stepsPerEpoch = countBatches(plan);
  let cached: { readonly epoch: number; readonly batches: readonly Batch[] } | undefined;
  const batchAt = (step: number) => {
    const [epoch, stepInEpoch] = [Math.floor((step - 1) / stepsPerEpoch), (step - 1) % stepsPerEpoch];
    if (cached?.epoch !== epoch) cached = { epoch, batches: shuffled(plan, epoch) };
    return { epoch, stepInEpoch, batch: cached.batches[stepInEpoch] };
  };
  return {
    stepsPerEpoch,
    place(step) {
      const { epoch, stepInEpoch, batch } = batchAt(step);
      return { epoch, stepInEpoch, from: batch.from, to: batch.from + batch.examples.length, shape: batch.shape };
    },
    shard: (step, shard) => shardOf(plan, batchAt(step).batch, shard),
  };
}

/** Validation: every example once, shape by shape, in the order of their numbers. */
export function exampleValidation(plan: ExamplePlan): ExampleValidation {
  const batches = inOrder(plan);
  return {
    steps: batches.length,
    shards: plan.shards,
    shape: (step) => batches[step].shape,
    shard: (step, shard) => shardOf(plan, batches[step], shard),
    examples: (step, shard) => lanesOf(plan, batches[step], shard),
  };
}

export interface ExampleValidation extends ValidationBatches {
  /** The examples in the first lanes of a shard. */
  examples(step: number, shard: number): Int32Array;
}

/** The share of the places of an epoch that hold no step of an example. */
export function paddingShare(plan: ExamplePlan, axes: Readonly<Record<string, string>>): number {
  let [places, filled] = [0, 0];
  for (const [axis, column] of Object.entries(axes)) {
    for (const { shape } of inOrder(plan)) places += plan.batch * plan.extents[shape][axis];
    filled += plan.columns[column].lengths.reduce((sum, length) => sum + length, 0);
  }
  return 1 - filled / places;
}

function countBatches({ bucketOf, extents, batch }: ExamplePlan): number {
  const counts = extents.map(() => 0);
  for (const bucket of bucketOf) counts[bucket] += 1;
  return counts.reduce((sum, count) => sum + Math.ceil(count / batch), 0);
}

function inOrder(plan: ExamplePlan): Batch[] {
  return placed(cut(plan, (examples) => examples));
}

function shuffled(plan: ExamplePlan, epoch: number): Batch[] {
  const key = hashOf(plan.seed, epoch);
  const batches = cut(plan, (examples) => sortByHash(examples, key));
  const order = sortByHash(
    Int32Array.from(batches, (_, i) => i),
    hashOf(plan.seed, epoch, batches.length),
  );
  return placed(Array.from(order, (i) => batches[i]));
}

/** By the hash of (key, number); equal hashes by number. */
function sortByHash(numbers: Int32Array, key: number): Int32Array {
  const hashes = new Map(Array.from(numbers, (number) => [number, mix(key, number)]));
  const hashOfNumber = (number: number) => hashes.get(number) as number;
  return numbers.sort((a, b) => hashOfNumber(a) - hashOfNumber(b) || a - b);
}

function cut(
  { bucketOf, extents, batch }: ExamplePlan,
  arrange: (examples: Int32Array) => Int32Array,
): Omit<Batch, 'from'>[] {
  return extents.flatMap((_, shape) => {
    const members: number[] = [];
    bucketOf.forEach((bucket, example) => {
      if (bucket === shape) members.push(example);
    });
    const arranged = arrange(Int32Array.from(members));
    return Array.from({ length: Math.ceil(arranged.length / batch) }, (_, i) => ({
      shape,
      examples: arranged.subarray(i * batch, (i + 1) * batch),
    }));
  });
}

function placed(batches: readonly Omit<Batch, 'from'>[]): Batch[] {
  let from = 0;
  return batches.map((batch) => {
    const placedBatch = { ...batch, from };
    from += batch.examples.length;
    return placedBatch;
  });
}

function lanesOf({ batch, shards }: ExamplePlan, { examples }: Batch, shard: number): Int32Array {
  const lanes = batch / shards;
  return examples.subarray(shard * lanes, (shard + 1) * lanes);
}

function shardOf(plan: ExamplePlan, batch: Batch, shard: number): Tensors {
  const lanes = plan.batch / plan.shards;
  const extents = plan.extents[batch.shape];
  return feedAll(plan.feeds, plan.columns, { examples: lanesOf(plan, batch, shard), lanes, extents });
}
