// Forecasts that learn nothing: what a trained one has to beat.

/**
 * For every step from `start` on, the last value that was known `horizon` steps before it.
 * @param start index of the first step to forecast. @param horizon steps ahead, from 1.
 * @returns series.length - start values.
 * @throws Error when `start` lies before the first known value, or beyond the series.
 */
export function repeatLast(series: ArrayLike<number>, start: number, horizon = 1): Float64Array {
  return shift('repeatLast', series, start, horizon);
}

/**
 * For every step from `start` on, the newest value of the same place in its season that was known `horizon` steps before it:
 * the one of a season before, or of several where the horizon is longer than a season.
 * @param season steps, from 1.
 */
export function repeatSeason(series: ArrayLike<number>, start: number, season: number, horizon = 1): Float64Array {
  return shift('repeatSeason', series, start, season * Math.ceil(horizon / season));
}

function shift(forecast: string, series: ArrayLike<number>, start: number, back: number): Float64Array {
  if (!Number.isInteger(back) || back < 1)
    throw new Error(`${forecast}: season and horizon are numbers of steps from 1`);
  if (!Number.isInteger(start) || start < back || start >= series.length) {
    const range = `${back} to ${series.length - 1}`;
    throw new Error(`${forecast}: no forecast from step ${start}; it needs values ${back} steps before, so ${range}`);
  }
  return Float64Array.from({ length: series.length - start }, (_, i) => series[start + i - back]);
}
