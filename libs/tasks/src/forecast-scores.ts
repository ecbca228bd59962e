// How far forecasts are from what came, in the file's unit, beside forecasts that learn nothing.

import { type ExamplePlan, exampleValidation } from '@rondo/data';
import { mae, naiveError, repeatLast, repeatSeason, rmse } from '@rondo/scores';
import type { ForecastingData } from '@rondo/spec';
import { levelsOf, undo } from './forecast-scales.ts';
import type { WindowRun } from './forecast-windows.ts';
import type { Scale } from './scales.ts';
import type { Scorer, Scores } from './task.ts';
import type { SeriesRows, TimeSeries } from './time-series.ts';

/** Steps that came and their forecasts, by target. */
interface Forecasts {
  readonly actual: readonly number[][];
  readonly forecast: readonly number[][];
}

/** The scale of MASE for each target: the error of the naive forecast on the rows that are trained on; NaN where there is none. */
export function naiveErrors(
  series: TimeSeries,
  trained: readonly Pick<SeriesRows, 'from' | 'to'>[],
  data: ForecastingData,
): number[] {
  return data.targets.map((_, target) =>
    naiveError(
      trained.map(({ from, to }) => columnOf(series, target, data.targets.length).subarray(from, to)),
      data.season ?? 1,
    ),
  );
}

/** @param scales of the targets. */
export function forecastScorer(
  plan: ExamplePlan,
  series: TimeSeries,
  scales: readonly Scale[],
  errors: readonly number[],
  data: ForecastingData,
): Scorer {
  const { examples } = exampleValidation(plan);
  const levels = levelsOf(series, data);
  const { starts, lengths } = plan.columns.x;
  const width = scales.length;
  const size = data.horizon * width;
  const all: Forecasts = { actual: scales.map(() => []), forecast: scales.map(() => []) };
  return {
    add(batch, shard, { values }) {
      examples(batch, shard).forEach((example, lane) => {
        const last = starts[example] + lengths[example] - 1;
        const forecast = undo(values.subarray(lane * size, (lane + 1) * size), last, levels, scales, data);
        forecast.forEach((value, i) => {
          all.forecast[i % width].push(value);
          all.actual[i % width].push(series.targets[(last + 1) * width + i]);
        });
      });
    },
    scores: () => scoresOf(all, errors),
  };
}

/** RMSE and MAE over all targets and steps; MASE, the mean over the targets, where each has a scale. */
function scoresOf({ actual, forecast }: Forecasts, errors: readonly number[]): Scores {
  const [came, told] = [actual.flat(), forecast.flat()];
  const scores = { rmse: rmse(came, told), mae: mae(came, told) };
  if (!haveScale(errors)) return scores;
  const scaled = errors.map((error, target) => mae(actual[target], forecast[target]) / error);
  return { ...scores, mase: scaled.reduce((sum, value) => sum + value, 0) / scaled.length };
}

export function haveScale(errors: readonly number[]): boolean {
  return errors.every((error) => error > 0);
}

export interface NaiveScores {
  readonly repeatLast: Errors;
  readonly repeatSeason: Errors | undefined;
}

interface Errors {
  readonly rmse: number;
  readonly mae: number;
}

/**
 * RMSE and MAE of the forecasts that repeat the last value, and that of the last season if there is one, on the same steps.
 * A season that reaches beyond a series' beginning has none.
 */
export function naiveScores(
  runs: readonly WindowRun[],
  series: TimeSeries,
  { targets, horizon, season }: ForecastingData,
): NaiveScores {
  const some = runs.filter(({ first, last }) => last >= first);
  const scoresFor = (forecastOf: (values: Float64Array, start: number, ahead: number) => Float64Array) => {
    const [actual, forecast]: [number[], number[]] = [[], []];
    targets.forEach((_, target) => {
      const column = columnOf(series, target, targets.length);
      for (const {
        series: { from },
        first,
        last,
      } of some) {
        for (let ahead = 1; ahead <= horizon; ahead++) {
          const values = column.subarray(from, last + ahead + 1);
          const start = first + ahead - from;
          for (const value of values.subarray(start)) actual.push(value);
          for (const value of forecastOf(values, start, ahead)) forecast.push(value);
        }
      }
    });
    return { rmse: rmse(actual, forecast), mae: mae(actual, forecast) };
  };
  const before = season === undefined ? 0 : season * Math.ceil(horizon / season);
  const hasSeason = season !== undefined && some.every(({ series: { from }, first }) => first + 1 - from >= before);
  return {
    repeatLast: scoresFor((values, start, ahead) => repeatLast(values, start, ahead)),
    repeatSeason: hasSeason
      ? scoresFor((values, start, ahead) => repeatSeason(values, start, season, ahead))
      : undefined,
  };
}

function columnOf({ targets }: TimeSeries, target: number, width: number): Float64Array {
  return Float64Array.from({ length: targets.length / width }, (_, row) => targets[row * width + target]);
}
