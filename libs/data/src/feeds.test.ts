// Feeds: every form in which a column becomes an input, and what stands where no example is.

import { expect, test } from 'vitest';
import { floatColumn, integerColumn } from './columns.ts';
import { type Feed, feedAll } from './feeds.ts';

const columns = {
  ids: integerColumn([[1, 2, 3], [4]]),
  values: floatColumn(
    [
      [1, 2, 3, 4],
      [5, Number.NaN],
    ],
    2,
  ),
  letters: integerColumn(
    [
      [7, 8, 9, 10, 11, 12],
      [13, 14],
    ],
    2,
  ),
};

/** Both examples, the second one first, and an empty lane; two time steps. */
const feed = (form: Feed) => {
  const inputs = feedAll([form], columns, { examples: [1, 0], lanes: 3, extents: { time: 2 } });
  return inputs[form.input];
};

test('a sequence of symbols: [T, B], cut at the extent', () => {
  const fed = feed({ input: 'x', as: 'sequence', column: 'ids', axis: 'time', padding: -1 });
  expect(fed).toEqual(Int32Array.of(4, 1, -1, -1, 2, -1));
});

test('a sequence of numbers: [T, B, W], a missing one padded', () => {
  const fed = feed({ input: 'x', as: 'sequence', column: 'values', axis: 'time', padding: 0 });
  expect(fed).toEqual(Float32Array.of(5, 0, 1, 2, 0, 0, 0, 0, 3, 4, 0, 0));
});

test('presence: 1 for every number that is there', () => {
  const sequence = feed({ input: 'x', as: 'present', column: 'values', axis: 'time' });
  expect(sequence).toEqual(Float32Array.of(1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0));
  expect(feed({ input: 'x', as: 'present', column: 'values' })).toEqual(Float32Array.of(1, 0, 1, 1, 0, 0));
});

test('lengths, first rows, rows across, constants', () => {
  expect(feed({ input: 'x', as: 'lengths', column: 'ids' })).toEqual(Int32Array.of(1, 3, 0));
  expect(feed({ input: 'x', as: 'single', column: 'ids', padding: -1 })).toEqual(Int32Array.of(4, 1, -1));
  const across = feed({ input: 'x', as: 'inner', column: 'letters', axis: 'time', padding: 0 });
  expect(across).toEqual(Int32Array.of(13, 7, 0, 0, 9, 0, 14, 8, 0, 0, 10, 0));
  const values = Float32Array.of(3);
  expect(feed({ input: 'x', as: 'constant', values })).toBe(values);
});
