// What a run's batches are cut from, as plain data that threads share, and the batches of either kind.

import type { ShardShape } from '@rondo/rnn-core';
import { type Batches, createBatches, createValidation, type LanePlan, type ValidationBatches } from './batches.ts';
import { type ExamplePlan, exampleBatches, exampleValidation } from './example-batches.ts';

export type BatchPlan = LanePlan | ExamplePlan;

/** @throws DataFault text-too-short. */
export function trainingBatches(plan: BatchPlan): Batches {
  return plan.kind === 'lanes' ? createBatches(plan.tokens, plan) : exampleBatches(plan);
}

/** Null where nothing validates. @throws DataFault validation-too-short. */
export function validationBatches(plan: BatchPlan | null): ValidationBatches | null {
  if (plan === null) return null;
  return plan.kind === 'lanes' ? createValidation(plan.tokens, plan) : exampleValidation(plan);
}

/** The shapes that shards of the plan come in, in the order of their numbers. */
export function shardShapes(plan: BatchPlan): ShardShape[] {
  const batch = plan.batch / plan.shards;
  if (plan.kind === 'lanes') return [{ batch, extents: { time: plan.sequence } }];
  return plan.extents.map((extents) => ({ batch, extents }));
}

/** The plan's numbers in memory that threads share. */
export function sharePlan<Plan extends BatchPlan | null>(plan: Plan): Plan {
  if (plan === null) return plan;
  if (plan.kind === 'lanes') return { ...plan, tokens: shared(plan.tokens) };
  // Columns of windows, and those of a split, share their numbers: they are copied once.
  const copies = new Map<Numbers, Numbers>();
  const once = <Values extends Numbers>(values: Values): Values => {
    const copy = copies.get(values) ?? shared(values);
    copies.set(values, copy);
    return copy as Values;
  };
  const columns = Object.fromEntries(
    Object.entries(plan.columns).map(([name, column]) => [
      name,
      { ...column, values: once(column.values), starts: once(column.starts), lengths: once(column.lengths) },
    ]),
  );
  return { ...plan, columns, bucketOf: shared(plan.bucketOf) };
}

type Numbers = Int32Array | Float32Array | Uint8Array;

function shared<Values extends Numbers>(values: Values): Values {
  const copy = new (values.constructor as new (memory: SharedArrayBuffer) => Values)(
    new SharedArrayBuffer(values.byteLength),
  );
  copy.set(values);
  return copy;
}

/** Everything that the plan trains on, for a checksum: in a fixed order. */
export function* planBytes(plan: BatchPlan | null): Generator<Uint8Array> {
  if (plan === null) return;
  const arrays =
    plan.kind === 'lanes'
      ? [plan.tokens]
      : [
          ...Object.values(plan.columns).flatMap(({ values, starts, lengths }) => [values, starts, lengths]),
          plan.bucketOf,
        ];
  for (const { buffer, byteOffset, byteLength } of arrays) yield new Uint8Array(buffer, byteOffset, byteLength);
}
