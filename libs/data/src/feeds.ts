// How columns of examples become the inputs of a program: which column, in which form, padded with what.

import type { TensorData, Tensors } from '@rondo/rnn-core';
import type { Extents } from './buckets.ts';
import type { Column, Columns } from './columns.ts';

/**
 * An input of a program and what it is fed from. T is the extent of `axis`, B the lanes of a shard, W the column's width.
 * - `sequence`: all rows of an example, [T, B] of integers of width 1, else [T, B, W].
 * - `lengths`: the number of rows, int32 [B]; 0 in a lane without an example.
 * - `single`: the first row, [B] of integers of width 1, else [B, W].
 * - `inner`: rows across, int32 [W, T, B]: the characters of every word.
 * - `present`: 1 where `sequence` (with an axis) or `single` (without) has a number of an example, float32; a NaN is none.
 * - `constant`: the same values for every shard.
 */
export type Feed = { readonly input: string } & (
  | { readonly as: 'sequence' | 'inner'; readonly column: string; readonly axis: string; readonly padding: number }
  | { readonly as: 'lengths'; readonly column: string }
  | { readonly as: 'single'; readonly column: string; readonly padding: number }
  | { readonly as: 'present'; readonly column: string; readonly axis?: string | undefined }
  | { readonly as: 'constant'; readonly values: TensorData }
);

/** Examples side by side; fewer than the lanes leave the last ones empty. */
export interface Lanes {
  readonly examples: ArrayLike<number>;
  readonly lanes: number;
  readonly extents: Extents;
}

/** The inputs of a program, by name. */
export function feedAll(feeds: readonly Feed[], columns: Columns, lanes: Lanes): Tensors {
  return Object.fromEntries(feeds.map((feed) => [feed.input, feedOne(feed, columns, lanes)]));
}

function feedOne(feed: Feed, columns: Columns, { examples, lanes, extents }: Lanes): TensorData {
  if (feed.as === 'constant') return feed.values;
  const column = columns[feed.column];
  if (feed.as === 'lengths') {
    const lengths = new Int32Array(lanes);
    for (let lane = 0; lane < examples.length; lane++) lengths[lane] = column.lengths[examples[lane]];
    return lengths;
  }
  const time = 'axis' in feed && feed.axis !== undefined ? extents[feed.axis] : 1;
  const { width } = column;
  const size = time * lanes * width;
  const isPresence = feed.as === 'present';
  const data = isPresence || column.values instanceof Float32Array ? new Float32Array(size) : new Int32Array(size);
  if (!isPresence) data.fill(feed.padding);
  // Where feature w of lane b at time t lies.
  const [perStep, perLane, perFeature] = feed.as === 'inner' ? [lanes, 1, time * lanes] : [lanes * width, width, 1];
  for (let lane = 0; lane < examples.length; lane++) {
    const rows = rowsOf(column, examples[lane], time);
    for (let t = 0; t < rows.count; t++) {
      for (let w = 0; w < width; w++) {
        const value = column.values[(rows.start + t) * width + w];
        const at = t * perStep + lane * perLane + w * perFeature;
        if (!Number.isNaN(value)) data[at] = isPresence ? 1 : value;
      }
    }
  }
  return data;
}

function rowsOf({ starts, lengths }: Column, example: number, time: number): { start: number; count: number } {
  return { start: starts[example], count: Math.min(time, lengths[example]) };
}
