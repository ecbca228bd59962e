// Buckets: every example fits its own, and no other cut of the examples pads less.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseBuckets } from './buckets.ts';

const int32 = (values: readonly number[]) => Int32Array.from(values);

/** Places that all examples take, padding included. */
function places(lengths: readonly number[], { extents, bucketOf }: ReturnType<typeof chooseBuckets>): number {
  return lengths.reduce((sum, _, i) => sum + extents[bucketOf[i]].time, 0);
}

test('a worked example', () => {
  const { extents, bucketOf } = chooseBuckets({ time: int32([9, 2, 2, 10, 1]) }, 2, 1);
  expect(extents).toEqual([{ time: 2 }, { time: 10 }]);
  expect([...bucketOf]).toEqual([1, 0, 0, 1, 0]);
});

test('no bucket has fewer examples than a batch, as long as there are as many', () => {
  const { extents } = chooseBuckets({ time: int32([1, 100, 100, 100]) }, 4, 2);
  expect(extents).toEqual([{ time: 100 }]);
  expect(chooseBuckets({ time: int32([3]) }, 4, 32).extents).toEqual([{ time: 3 }]);
});

test('two axes are cut together, each example fits on both', () => {
  const source = int32([1, 9, 2, 8]);
  const target = int32([2, 7, 1, 9]);
  const { extents, bucketOf } = chooseBuckets({ source, target }, 2, 1);
  expect(extents).toEqual([
    { source: 2, target: 2 },
    { source: 9, target: 9 },
  ]);
  expect([...bucketOf]).toEqual([0, 1, 0, 1]);
});

test('an empty sequence has one step to be padded in', () => {
  expect(chooseBuckets({ time: int32([0, 0]) }, 2, 1).extents).toEqual([{ time: 1 }]);
});

test('as little padding as any cut of the sorted lengths leaves', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 2 }),
      (lengths, most, least) => {
        const buckets = chooseBuckets({ time: int32(lengths) }, most, least);
        expect(buckets.extents.length).toBeLessThanOrEqual(most);
        lengths.forEach((length, i) => {
          expect(length).toBeLessThanOrEqual(buckets.extents[buckets.bucketOf[i]].time);
        });
        const sorted = lengths.toSorted((a, b) => a - b);
        expect(places(lengths, buckets)).toBe(fewestPlaces(sorted, most, least));
      },
    ),
  );
});

/** Every cut tried; between equal lengths there is none. */
function fewestPlaces(sorted: readonly number[], most: number, least: number): number {
  const all = sorted.length * (sorted.at(-1) as number);
  if (most === 1) return all;
  let fewest = all;
  for (let cut = least; cut <= sorted.length - least; cut++) {
    if (sorted[cut] === sorted[cut - 1]) continue;
    const rest = fewestPlaces(sorted.slice(cut), most - 1, least);
    fewest = Math.min(fewest, cut * sorted[cut - 1] + rest);
  }
  return fewest;
}
