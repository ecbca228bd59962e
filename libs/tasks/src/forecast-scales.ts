// What a forecaster's numbers are made of: logarithms, and changes from steps before; and the way back.

import type { ForecastingData } from '@rondo/spec';
import { logarithm } from './logarithm.ts';
import type { Scale } from './scales.ts';
import type { TimeSeries } from './time-series.ts';

export interface Scales {
  readonly targets: readonly Scale[];
  readonly inputs: readonly Scale[];
  readonly future: readonly Scale[];
}

/** The targets as they are, or their logarithms: [N, targets]. */
export function levelsOf({ targets }: TimeSeries, { log }: ForecastingData): Float64Array {
  return log ? targets.map(logarithm) : targets;
}

/** The levels, or their changes; NaN where nothing lies so far before in the series. */
export function changesOf(
  levels: Float64Array,
  { series }: TimeSeries,
  { targets, difference }: ForecastingData,
): Float64Array {
  if (difference === undefined) return levels;
  const back = difference * targets.length;
  const changes = new Float64Array(levels.length).fill(Number.NaN);
  for (const { from, to } of series) {
    for (let i = from * targets.length + back; i < to * targets.length; i++) changes[i] = levels[i] - levels[i - back];
  }
  return changes;
}

/**
 * The horizon's values in the file's unit, from what a model tells after the row `last`.
 * @param told scaled, [horizon, targets].
 * @returns [horizon, targets]
 */
export function undo(
  told: ArrayLike<number>,
  last: number,
  levels: Float64Array,
  scales: readonly Scale[],
  { log, difference, horizon }: ForecastingData,
): Float64Array {
  const width = scales.length;
  const forecast = new Float64Array(horizon * width);
  for (let i = 0; i < forecast.length; i++) {
    const { mean, deviation } = scales[i % width];
    forecast[i] = told[i] * deviation + mean;
    if (difference === undefined) continue;
    const before = i - difference * width;
    forecast[i] += before >= 0 ? forecast[before] : levels[(last + 1) * width + before];
  }
  return log ? forecast.map(Math.exp) : forecast;
}
