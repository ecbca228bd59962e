// Batches of examples: every example once an epoch, in one of the shapes, in an order that seed and epoch decide alone.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseBuckets } from './buckets.ts';
import { integerColumn, pick, splitExamples } from './columns.ts';
import { type ExamplePlan, exampleBatches, exampleValidation, paddingShare } from './example-batches.ts';

/** Examples whose every number tells which one they are. */
function planOf(lengths: readonly number[], batch: number, shards: number, seed = 7): ExamplePlan {
  const x = integerColumn(lengths.map((length, i) => new Int32Array(length).fill(i + 1)));
  return {
    kind: 'examples',
    columns: { x },
    feeds: [
      { input: 'x', as: 'sequence', column: 'x', axis: 'time', padding: 0 },
      { input: 'lengths', as: 'lengths', column: 'x' },
    ],
    ...chooseBuckets({ time: x.lengths }, 3, batch),
    ...{ batch, shards, seed },
  };
}

/** The examples of a step, from what its shards are fed. */
function examplesOf(plan: ExamplePlan, step: number): number[] {
  const batches = exampleBatches(plan);
  const { time } = plan.extents[batches.place(step).shape];
  const lanes = plan.batch / plan.shards;
  return Array.from({ length: plan.shards }, (_, shard) => {
    const { x, lengths } = batches.shard(step, shard);
    expect(x.length).toBe(time * lanes);
    return Array.from(lengths).flatMap((length, lane) => {
      const column = Array.from({ length: time }, (_, t) => x[t * lanes + lane]);
      expect(column.slice(length).every((value) => value === 0)).toBe(true);
      expect(new Set(column.slice(0, length)).size).toBeLessThanOrEqual(1);
      return length > 0 ? [column[0] - 1] : [];
    });
  }).flat();
}

const plans = fc
  .record({
    lengths: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }),
    lanes: fc.integer({ min: 1, max: 4 }),
    shards: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ lengths, lanes, shards }) => planOf(lengths, lanes * shards, shards));

test('every epoch has every example once, and says which of its order a step has', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const batches = exampleBatches(plan);
      const { stepsPerEpoch } = batches;
      for (const epoch of [0, 1]) {
        let next = 0;
        const seen: number[] = [];
        for (let k = 1; k <= stepsPerEpoch; k++) {
          const step = epoch * stepsPerEpoch + k;
          const place = batches.place(step);
          expect(place).toMatchObject({ epoch, stepInEpoch: k - 1, from: next });
          const examples = examplesOf(plan, step);
          expect(examples.length).toBe(place.to - place.from);
          seen.push(...examples);
          next = place.to;
        }
        expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from(plan.bucketOf, (_, i) => i));
      }
    }),
  );
});

test('the order is another one in every epoch and for every seed, and the same when asked again or from the middle', () => {
  const lengths = Array.from({ length: 60 }, (_, i) => 1 + (i % 7));
  const order = (seed: number, first: number) => {
    const plan = planOf(lengths, 4, 2, seed);
    const { stepsPerEpoch } = exampleBatches(plan);
    return Array.from({ length: stepsPerEpoch }, (_, k) => examplesOf(plan, first * stepsPerEpoch + k + 1));
  };
  expect(order(7, 0)).toEqual(order(7, 0));
  expect(order(7, 1)).not.toEqual(order(7, 0));
  expect(order(8, 0)).not.toEqual(order(7, 0));
});

test('validation has every example once, in order, and tells which lanes hold which', () => {
  const plan = planOf([3, 1, 2, 5, 5, 5, 1], 2, 2);
  const validation = exampleValidation(plan);
  const seen: number[] = [];
  for (let step = 0; step < validation.steps; step++) {
    for (let shard = 0; shard < validation.shards; shard++) {
      const examples = validation.examples(step, shard);
      const { lengths } = validation.shard(step, shard);
      expect(Array.from(lengths).filter((length) => length > 0).length).toBe(examples.length);
      seen.push(...examples);
    }
  }
  expect(seen.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('the share of padding: empty lanes and steps past the end', () => {
  // One shape of 4 steps; the second batch has an empty lane: 5 + 3 of 16 places are filled.
  expect(paddingShare(planOf([4, 1, 3], 2, 1), { time: 'x' })).toBeCloseTo(1 - 8 / 16);
});

test('the held-out share: ⌈n·share⌉ examples, drawn from the seed or the last ones', () => {
  const last = splitExamples(7, 0.2, 'last', 1);
  expect([...last.training, ...last.validation]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect([...last.validation]).toEqual([5, 6]);
  const drawn = [1, 2, 3].map((seed) => splitExamples(100, 0.3, 'random', seed));
  for (const { training, validation } of drawn) {
    expect(validation.length).toBe(30);
    expect([...training, ...validation].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  }
  expect(drawn[0].validation).not.toEqual(drawn[1].validation);
});

test('picked examples share their numbers with the column', () => {
  const x = integerColumn([[1, 2], [3], [4, 5, 6]]);
  const picked = pick({ x }, [2, 0]).x;
  expect(picked.values).toBe(x.values);
  expect([...picked.starts, ...picked.lengths]).toEqual([3, 0, 3, 2]);
});
