// A set of examples as columns of numbers: what readers make of files, and batches are cut from.

import { hashOf, mix } from '@rondo/rnn-core';

/** One field of all examples. Example i has the rows [starts[i], starts[i] + lengths[i]); examples may share rows. */
export interface Column {
  /** Rows of `width` numbers. */
  readonly values: Float32Array | Int32Array;
  readonly width: number;
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
}

/** By name; all of the same number of examples. */
export type Columns = Readonly<Record<string, Column>>;

/** One example after the other, of any number of rows each. */
export function integerColumn(rows: readonly ArrayLike<number>[], width = 1): Column {
  return columnOf(rows, width, (size) => new Int32Array(size));
}

/** One example after the other, of any number of rows each. */
export function floatColumn(rows: readonly ArrayLike<number>[], width = 1): Column {
  return columnOf(rows, width, (size) => new Float32Array(size));
}

function columnOf<Values extends Float32Array | Int32Array>(
  rows: readonly ArrayLike<number>[],
  width: number,
  allocate: (size: number) => Values,
): Column {
  const lengths = Int32Array.from(rows, ({ length }) => length / width);
  const starts = new Int32Array(rows.length);
  for (let i = 1; i < rows.length; i++) starts[i] = starts[i - 1] + lengths[i - 1];
  const values = allocate(rows.reduce((sum, { length }) => sum + length, 0));
  rows.forEach((row, i) => {
    values.set(row, starts[i] * width);
  });
  return { values, width, starts, lengths };
}

/** The examples of these numbers, in this order; their rows are shared with the column. */
export function pick(columns: Columns, examples: ArrayLike<number>): Columns {
  const picked = (all: Int32Array) => Int32Array.from(examples, (example) => all[example]);
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      { ...column, starts: picked(column.starts), lengths: picked(column.lengths) },
    ]),
  );
}

export interface Split {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

/**
 * ⌈count·share⌉ examples validate: those with the smallest hash of (seed, example), or the last ones. Both parts are in the
 * order of their numbers.
 */
export function splitExamples(count: number, share: number, which: 'random' | 'last', seed: number): Split {
  const validating = Math.ceil(count * share);
  const key = hashOf(seed, count);
  const byHash = (a: number, b: number) => mix(key, a) - mix(key, b) || a - b;
  const order = Int32Array.from({ length: count }, (_, i) => i);
  if (which === 'random') order.sort(byHash).reverse();
  return {
    training: order.subarray(0, count - validating).sort(),
    validation: order.subarray(count - validating).sort(),
  };
}
