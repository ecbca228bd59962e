// The cut into lanes, shards and steps: nothing twice, nothing lost but the documented rests.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBatches, createValidation, splitTokens } from './batches.ts';

/** Tokens that are their own positions, so that every target tells where it came from. */
const positions = (n: number) => Int32Array.from({ length: n }, (_, i) => i);

const shapes = fc
  .record({
    width: fc.integer({ min: 1, max: 4 }),
    shards: fc.integer({ min: 1, max: 5 }),
    sequence: fc.integer({ min: 1, max: 7 }),
  })
  .map(({ width, shards, sequence }) => ({ batch: width * shards, shards, sequence }));

test('a worked example', () => {
  const batches = createBatches(positions(23), { batch: 4, sequence: 2, shards: 2 });
  expect(batches.stepsPerEpoch).toBe(2); // lanes of 5, the last 3 tokens dropped
  expect(batches.shard(1, 0)).toEqual({ ids: Int32Array.of(0, 5, 1, 6), targets: Int32Array.of(1, 6, 2, 7) });
  expect(batches.shard(2, 1)).toEqual({ ids: Int32Array.of(12, 17, 13, 18), targets: Int32Array.of(13, 18, 14, 19) });
  expect(batches.place(1)).toEqual({ epoch: 0, stepInEpoch: 0, from: 0, to: 2, shape: 0 });
  expect(batches.place(4)).toEqual({ epoch: 1, stepInEpoch: 1, from: 2, to: 4, shape: 0 });
});

test('an epoch predicts each position of every lane once, but the first and the documented rests', () => {
  fc.assert(
    fc.property(shapes, fc.nat({ max: 300 }), (shape, extra) => {
      const { batch, sequence, shards } = shape;
      const n = batch * (sequence + 1) + extra;
      const batches = createBatches(positions(n), shape);
      const targets: number[] = [];
      for (let step = 1; step <= batches.stepsPerEpoch; step++) {
        for (let shard = 0; shard < shards; shard++) {
          const part = batches.shard(step, shard);
          expect(part.targets).toEqual(part.ids.map((id) => id + 1));
          targets.push(...part.targets);
        }
      }
      const length = Math.floor(n / batch);
      const predicted = Math.floor((length - 1) / sequence) * sequence;
      const wanted = [...positions(batch * length)].filter((i) => i % length > 0 && i % length <= predicted);
      expect(targets.sort((a, b) => a - b)).toEqual(wanted);
    }),
  );
});

test('a lane runs on from one step to the next', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const { batch, sequence, shards } = shape;
      const width = batch / shards;
      const batches = createBatches(positions(batch * (3 * sequence + 1)), shape);
      for (let shard = 0; shard < shards; shard++) {
        const last = batches.shard(1, shard).targets.subarray((sequence - 1) * width);
        expect(batches.shard(2, shard).ids.subarray(0, width)).toEqual(last);
      }
    }),
  );
});

test('the cut into shards does not move a token', () => {
  const tokens = positions(97);
  const whole = createBatches(tokens, { batch: 6, sequence: 3, shards: 1 }).shard(2, 0).ids;
  const parts = createBatches(tokens, { batch: 6, sequence: 3, shards: 3 });
  for (let t = 0; t < 3; t++) {
    const row = [0, 1, 2].flatMap((shard) => [...parts.shard(2, shard).ids.subarray(t * 2, t * 2 + 2)]);
    expect(row).toEqual([...whole.subarray(t * 6, t * 6 + 6)]);
  }
});

test('a text shorter than one step says how many tokens it needs', () => {
  const shape = { batch: 4, sequence: 8, shards: 2 };
  expect(() => createBatches(positions(35), shape)).toThrow(
    expect.objectContaining({
      code: 'text-too-short',
      path: 'spec.data.text',
      message: expect.stringContaining('35 tokens to train on, and one step needs batch·(sequence + 1) = 36'),
    }),
  );
  expect(createBatches(positions(36), shape).stepsPerEpoch).toBe(1);
});

test('the last share of the tokens validates, rounded up', () => {
  expect(splitTokens(positions(10), 0.25).validation).toEqual(Int32Array.of(7, 8, 9));
  expect(splitTokens(positions(10), 0.25).training).toEqual(positions(7));
  expect(splitTokens(positions(10), 0).validation).toHaveLength(0);
  expect(splitTokens(positions(100), 0.07).validation).toHaveLength(8);
});

test('validation has as many lanes as fit, in shards of the same shape', () => {
  const shape = { batch: 8, sequence: 4, shards: 4 };
  const shardsOf = (n: number) => createValidation(positions(n), shape)?.shards;
  expect([5, 10, 15, 19, 20, 30, 39, 40, 1000].map(shardsOf)).toEqual([1, 1, 2, 2, 2, 3, 4, 4, 4]);
  expect(createValidation(positions(30), shape)?.shard(0, 2).ids).toHaveLength(8);
  // Three lanes of five tokens: the second shard's second lane does not count.
  const three = createValidation(positions(15), shape);
  expect(three?.shard(0, 1)).toEqual({
    ids: Int32Array.of(10, 0, 11, 0, 12, 0, 13, 0),
    targets: Int32Array.of(11, -1, 12, -1, 13, -1, 14, -1),
  });
  const all = createValidation(positions(1000), shape);
  expect(all?.steps).toBe(31);
  expect(all?.shard(30, 3)).toEqual(createBatches(positions(1000), shape).shard(31, 3));
});

test('validation without tokens is none, with too few a fault', () => {
  const shape = { batch: 8, sequence: 4, shards: 4 };
  expect(createValidation(positions(0), shape)).toBeNull();
  expect(() => createValidation(positions(4), shape)).toThrow(
    expect.objectContaining({ code: 'validation-too-short', path: 'spec.data.validation' }),
  );
});

test('a step or shard that does not exist is a bug', () => {
  const batches = createBatches(positions(20), { batch: 4, sequence: 2, shards: 2 });
  expect(() => batches.shard(0, 0)).toThrow('no step -1 of 2');
  expect(() => batches.shard(1, 2)).toThrow('shard 2 of 2');
});
