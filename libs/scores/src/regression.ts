// Scores of forecasts and of values: how far they are from what came.

import { checkPairs } from './checks.ts';

type Values = ArrayLike<number>;

/** Mean squared error. @throws Error, as all here, when lengths differ or nothing is there. */
export function mse(actual: Values, forecast: Values): number {
  return meanOver('mse', actual, forecast, (error) => error * error);
}

/** Root mean squared error, in the unit of the values. */
export function rmse(actual: Values, forecast: Values): number {
  return Math.sqrt(meanOver('rmse', actual, forecast, (error) => error * error));
}

/** Mean absolute error, in the unit of the values. */
export function mae(actual: Values, forecast: Values): number {
  return meanOver('mae', actual, forecast, Math.abs);
}

/**
 * Mean absolute scaled error: below 1 is better than repeating the value of a season before, one step ahead, was on the training
 * part (Hyndman and Koehler 2006, doi:10.1016/j.ijforecast.2006.03.001).
 * @param training the series that the forecast learnt from, in order. @param season its period in steps; 1 where it has none.
 * @throws Error also when the training part is no longer than a season, or repeats itself exactly: there is no scale then.
 */
export function mase(actual: Values, forecast: Values, training: Values, season: number): number {
  const scale = naiveError([training], season);
  if (Number.isNaN(scale)) {
    throw new Error(`mase: ${training.length} training values; a season of ${season} needs more than ${season}`);
  }
  if (scale === 0) throw new Error(`mase: the training values repeat every ${season} exactly, so there is no scale`);
  return meanOver('mase', actual, forecast, Math.abs) / scale;
}

/**
 * The scale of MASE: the mean absolute error of repeating the value of a season before, over several series.
 * @returns NaN where no series is longer than a season.
 */
export function naiveError(series: readonly Values[], season: number): number {
  if (!Number.isInteger(season) || season < 1)
    throw new Error(`mase: season ${season}; it is a number of steps from 1`);
  let [change, count] = [0, 0];
  for (const values of series) {
    for (let t = season; t < values.length; t++, count++) change += Math.abs(values[t] - values[t - season]);
  }
  return change / count;
}

/**
 * The coefficient of determination, 1 - Σ(actual - forecast)² / Σ(actual - mean)²: 1 is perfect, 0 as good as the mean. Where all
 * actual values are equal it is 1 for a perfect forecast and 0 for any other, as in scikit-learn.
 */
export function r2(actual: Values, forecast: Values): number {
  const residual = meanOver('r2', actual, forecast, (error) => error * error);
  const mean = Array.from(actual).reduce((sum, value) => sum + value, 0) / actual.length;
  const variance = meanOver('r2', actual, new Float64Array(actual.length).fill(mean), (error) => error * error);
  if (variance === 0) return residual === 0 ? 1 : 0;
  return 1 - residual / variance;
}

function meanOver(score: string, actual: Values, forecast: Values, measure: (error: number) => number): number {
  checkPairs(score, actual, forecast);
  let sum = 0;
  for (let i = 0; i < actual.length; i++) sum += measure(actual[i] - forecast[i]);
  return sum / actual.length;
}
