// Windows over time series: the steps that a forecast is made from, and those that it is about, as columns that share rows.

import type { ExamplePlan, Feed } from '@rondo/data';
import type { ForecastingData } from '@rondo/spec';
import { changesOf, levelsOf, type Scales } from './forecast-scales.ts';
import { scaled } from './scales.ts';
import type { SeriesRows, TimeSeries } from './time-series.ts';

/** The windows of a series whose last row read is from `first` to `last`. */
export interface WindowRun {
  readonly series: SeriesRows;
  readonly first: number;
  readonly last: number;
}

/** Rows that have nothing before them to be told from. */
export function rowsBefore({ past, difference = 0 }: ForecastingData): number {
  return past + difference;
}

/**
 * Where the last share of a series begins: the steps from there on validate.
 * @param share 0: nowhere, so its end.
 */
export function cutOf({ from, known }: SeriesRows, share: number): number {
  return known - Math.ceil((known - from) * share);
}

/** Every window whose forecast steps lie within [from, to) of a series. */
export function windowsOf(data: ForecastingData, series: SeriesRows, from: number, to: number): WindowRun {
  return {
    series,
    first: Math.max(series.from + rowsBefore(data), from) - 1,
    last: Math.min(series.known, to) - data.horizon - 1,
  };
}

/** The last rows read of all windows. */
export function lastRows(runs: readonly WindowRun[], stride: number): Int32Array {
  return Int32Array.from(
    runs.flatMap(({ first, last }) => {
      const count = Math.max(0, Math.floor((last - first) / stride) + 1);
      return Array.from({ length: count }, (_, i) => first + i * stride);
    }),
  );
}

/** What all windows of some series are cut from. */
export interface WindowRows {
  /** Rows that a model reads, [N, targets + inputs + horizon · future]: the future columns of the steps to come. */
  readonly read: Float32Array;
  readonly readWidth: number;
  /** Rows that it is to tell, [N, horizon · targets]; NaN where nothing is known. */
  readonly told: Float32Array;
  readonly toldWidth: number;
}

export function windowRows(data: ForecastingData, series: TimeSeries, scales: Scales): WindowRows {
  const { horizon } = data;
  const targets = scaled(changesOf(levelsOf(series, data), series, data), scales.targets);
  const inputs = scaled(series.inputs, scales.inputs);
  const future = scaled(series.future, scales.future);
  const ahead = (values: Float32Array, width: number) => stepsAhead(series, values, width, horizon);
  const futureWidth = horizon * data.future.length;
  const read = [
    { values: targets, width: data.targets.length },
    { values: inputs, width: data.inputs.length },
    { values: ahead(future, data.future.length), width: futureWidth },
  ];
  return {
    read: sideBySide(read, targets.length / data.targets.length),
    readWidth: data.targets.length + data.inputs.length + futureWidth,
    told: ahead(targets, data.targets.length),
    toldWidth: horizon * data.targets.length,
  };
}

/** What of its windows a plan has to be told from: after every step, after the last one, or nothing. */
export type Told = 'every' | 'last' | 'nothing';

/** Windows by the last row that each reads: all of one length, so that nothing is padded but the last batch's empty lanes. */
export function windowPlan(
  { past }: ForecastingData,
  rows: WindowRows,
  last: Int32Array,
  told: Told,
  batches: Pick<ExamplePlan, 'batch' | 'shards' | 'seed'>,
): ExamplePlan {
  const reaching = (steps: number) => ({
    starts: last.map((row) => row - steps + 1),
    lengths: new Int32Array(last.length).fill(steps),
  });
  const x = { values: rows.read, width: rows.readWidth, ...reaching(past) };
  const column = { values: rows.told, width: rows.toldWidth, ...reaching(told === 'every' ? past : 1) };
  return {
    kind: 'examples',
    columns: told === 'nothing' ? { x } : { x, told: column },
    feeds: [...readFeeds, ...toldFeeds[told]],
    extents: [{ time: past }],
    bucketOf: new Uint8Array(last.length),
    ...batches,
  };
}

const readFeeds: readonly Feed[] = [
  { input: 'x', as: 'sequence', column: 'x', axis: 'time', padding: 0 },
  { input: 'lengths', as: 'lengths', column: 'x' },
];

const toldFeeds: Readonly<Record<Told, readonly Feed[]>> = {
  nothing: [],
  last: [
    { input: 'targets', as: 'single', column: 'told', padding: 0 },
    { input: 'weights', as: 'present', column: 'told' },
  ],
  every: [
    { input: 'targets', as: 'sequence', column: 'told', axis: 'time', padding: 0 },
    { input: 'weights', as: 'present', column: 'told', axis: 'time' },
  ],
};

/** Row t holds the rows t + 1 to t + horizon of its series, [N, horizon · width]; NaN beyond its end. */
function stepsAhead({ series }: TimeSeries, values: Float32Array, width: number, horizon: number): Float32Array {
  const ahead = new Float32Array(values.length * horizon).fill(Number.NaN);
  for (const { from, to } of series) {
    for (let row = from; row < to; row++) {
      const steps = values.subarray((row + 1) * width, Math.min(row + 1 + horizon, to) * width);
      ahead.set(steps, row * horizon * width);
    }
  }
  return ahead;
}

function sideBySide(parts: readonly { values: Float32Array; width: number }[], rows: number): Float32Array {
  const whole = parts.reduce((sum, { width }) => sum + width, 0);
  const joined = new Float32Array(rows * whole);
  let at = 0;
  for (const { values, width } of parts) {
    for (let row = 0; row < rows; row++) joined.set(values.subarray(row * width, (row + 1) * width), row * whole + at);
    at += width;
  }
  return joined;
}
