// Errors of forecasts and the naive ones beside them, by hand and by scikit-learn's values.

import { describe, expect, test } from 'vitest';
import { repeatLast, repeatSeason } from './naive.ts';
import { mae, mase, mse, r2, rmse } from './regression.ts';

const actual = [3, -0.5, 2, 7];
const forecast = Float64Array.of(2.5, 0, 2, 8);

test('errors and R² are those of scikit-learn', () => {
  expect(mse(actual, forecast)).toBeCloseTo(0.375, 12);
  expect(rmse(actual, forecast)).toBeCloseTo(0.6123724356957945, 12);
  expect(mae(actual, forecast)).toBeCloseTo(0.5, 12);
  expect(r2(actual, forecast)).toBeCloseTo(0.9486081370449679, 12);
});

test('R² of the mean is 0, of worse below, of equal values 1 or 0', () => {
  expect(r2([1, 2, 3], [2, 2, 2])).toBe(0);
  expect(r2([1, 2, 3], [3, 2, 1])).toBe(-3);
  expect(r2([2, 2], [2, 2])).toBe(1);
  expect(r2([2, 2], [2, 3])).toBe(0);
});

test('MASE is scaled by the change over a season of the training part', () => {
  // Changes over two steps: 2, 1, 3; their mean is 2.
  expect(mase([10, 10], [11, 13], [1, 5, 3, 6, 6], 2)).toBeCloseTo(1, 12);
  // Repeating the last value on the training part itself scores 1.
  const series = [4, 7, 1, 8, 2];
  expect(mase(series.slice(1), repeatLast(series, 1), series, 1)).toBeCloseTo(1, 12);
});

describe('naive forecasts', () => {
  const series = [1, 2, 3, 4, 5, 6, 7, 8];

  test('repeat what was known', () => {
    expect(repeatLast(series, 5)).toEqual(Float64Array.of(5, 6, 7));
    expect(repeatLast(series, 5, 3)).toEqual(Float64Array.of(3, 4, 5));
    expect(repeatSeason(series, 5, 4)).toEqual(Float64Array.of(2, 3, 4));
    expect(repeatSeason(series, 6, 2, 3)).toEqual(Float64Array.of(3, 4));
    expect(repeatSeason(series, 6, 2, 2)).toEqual(Float64Array.of(5, 6));
  });

  test('need it', () => {
    expect(() => repeatLast(series, 0)).toThrow(
      'repeatLast: no forecast from step 0; it needs values 1 steps before, so 1 to 7',
    );
    expect(() => repeatSeason(series, 3, 4)).toThrow('repeatSeason: no forecast from step 3');
    expect(() => repeatLast(series, 8)).toThrow('so 1 to 7');
    expect(() => repeatLast(series, 5, 0)).toThrow('season and horizon are numbers of steps from 1');
    expect(() => repeatSeason(series, 5, 1.5)).toThrow('season and horizon are numbers of steps from 1');
  });
});

test('lists of other lengths, empty ones and series without a scale are refused', () => {
  for (const score of [mse, rmse, mae, r2]) {
    expect(() => score([1], [1, 2])).toThrow(`${score.name}: 1 beside 2; both lists need the same length`);
    expect(() => score([], [])).toThrow(`${score.name}: both lists are empty`);
  }
  expect(() => mase([1], [1], [1, 2], 2)).toThrow('mase: 2 training values; a season of 2 needs more than 2');
  expect(() => mase([1], [1], [1, 2, 1, 2], 2)).toThrow('mase: the training values repeat every 2 exactly');
  expect(() => mase([1], [1], [1, 2], 0)).toThrow('mase: season 0; it is a number of steps from 1');
  expect(() => mase([1], [1, 2], [1, 2], 1)).toThrow('mase: 1 beside 2');
});
