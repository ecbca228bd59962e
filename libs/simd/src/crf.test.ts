// The conditional random field's kernels, with the matrix products between them, beside the same recursions in double precision.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  clear,
  doublesAt,
  expectGapsUntouched,
  expectMatrix,
  integers,
  kernels,
  type Matrix,
  matrix,
  noise,
  vector,
} from './workbench.ts';

beforeEach(clear);
afterEach(expectGapsUntouched);

const time = 4;

interface Field {
  readonly k: number;
  readonly batch: number;
  readonly emissions: Matrix; // [K, T·B]
  readonly transitions: Matrix; // [K, K]
  readonly start: Matrix;
  readonly end: Matrix;
  readonly tags: readonly number[]; // [T·B]
  readonly lengths: readonly number[]; // [B]
}

/**  spread of the transitions' scores.  size of the emissions. */
function field(k: number, batch: number, spread: number, size = 3): Field {
  const random = noise(k + 100 * batch);
  const lengths = Array.from({ length: batch }, (_, b) => (batch === 1 ? time : (b * 3 + 4) % (time + 1)));
  return {
    k,
    batch,
    emissions: matrix(k, time * batch, () => size * random(), 5),
    transitions: matrix(k, k, () => (spread / 2) * random(), 0),
    start: vector(k, random),
    end: vector(k, random),
    tags: Array.from({ length: time * batch }, (_, n) =>
      Math.floor(n / batch) < lengths[n % batch] ? (n * 7 + 3) % k : -1,
    ),
    lengths,
  };
}

/** Loss, number of tags, gradient and rare steps, by the kernels. */
function compute({ k, batch, emissions, transitions, start, end, tags, lengths }: Field, scale: number) {
  const place = () => matrix(k, time * batch);
  const [sums, logs, alphas, marginals] = [place(), place(), place(), place()];
  const [odds, pairs, dTransitions] = [
    matrix(k, k, undefined, 0),
    matrix(k, k, undefined, 0),
    matrix(k, k, undefined, 0),
  ];
  const [shift, dStart, dEnd, logTotals] = [vector(k), vector(k), vector(k), vector(batch)];
  const [offsets, results] = [doublesAt(batch), doublesAt(2)];
  const [rare, targets, steps] = [vector(time, () => 0), integers(tags), integers(lengths)];
  const { gemm } = kernels;
  const { ld } = sums;
  const at = (of: Matrix, t: number) => of.at + 4 * t * batch;

  kernels.crfOdds(k, transitions.at, shift.at, odds.at);
  for (let t = 0; t < time; t++) {
    if (t > 0) gemm(1, 0, k, batch, k, odds.at, k, at(alphas, t - 1), ld, 0, at(sums, t), ld);
    kernels.crfForward(
      ...([k, batch, at(emissions, t), emissions.ld, t === 0 ? start.at : shift.at, transitions.at] as const),
      ...([at(sums, t), at(logs, t), at(alphas, t), ld, offsets.at, rare.at, steps, t] as const),
    );
  }
  kernels.crfLoss(
    ...([k, batch, emissions.at, emissions.ld, transitions.at, start.at, end.at, targets] as const),
    ...([at(logs, time - 1), ld, offsets.at, steps, logTotals.at, results.at] as const),
  );
  kernels.crfCounts(k, batch, targets, steps, dTransitions.at);
  for (let t = time - 1; t >= 0; t--) {
    if (t < time - 1) gemm(0, 0, k, batch, k, odds.at, k, at(logs, t + 1), ld, 0, at(marginals, t), ld);
    kernels.crfBackward(
      ...([k, batch, end.at, transitions.at, logTotals.at, at(sums, t), at(logs, t), at(alphas, t)] as const),
      ...([at(marginals, t), ld, dTransitions.at, rare.at, steps, t, time - 1] as const),
    );
  }
  const n = (time - 1) * batch;
  gemm(0, 1, k, k, n, alphas.at, ld, at(logs, 1), ld, 0, pairs.at, k);
  kernels.crfGradient(
    ...([k, time, batch, targets, steps, scale, odds.at, pairs.at] as const),
    ...([marginals.at, ld, dTransitions.at, dStart.at, dEnd.at] as const),
  );
  // The words of a float that is an integer 1 are those of a tiny number above 0.
  const rareSteps = Array.from({ length: time }, (_, t) => t).filter((t) => rare.get(0, t) !== 0);
  return { loss: results.get(0), weight: results.get(1), marginals, dTransitions, dStart, dEnd, rareSteps };
}

/** The same by sums over logarithms in double precision. */
function expected({ k, batch, emissions, transitions, start, end, tags, lengths }: Field, scale: number) {
  const range = Array.from({ length: k }, (_, j) => j);
  const logSum = (values: number[]) => {
    const largest = Math.max(...values);
    return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  };
  const zeros = (rows: number, columns: number) => Array.from({ length: rows }, () => new Array(columns).fill(0));
  const [dEmissions, dTransitions] = [zeros(k, time * batch), zeros(k, k)];
  const [[dStart], [dEnd]] = [zeros(1, k), zeros(1, k)];
  let loss = 0;
  lengths.forEach((length, b) => {
    if (length === 0) return;
    const emission = (t: number, j: number) => emissions.get(j, t * batch + b);
    const tag = (t: number) => tags[t * batch + b];
    const alphas = [range.map((j) => start.get(0, j) + emission(0, j))];
    for (let t = 1; t < length; t++) {
      const before = alphas[t - 1];
      alphas.push(range.map((j) => logSum(range.map((i) => before[i] + transitions.get(i, j))) + emission(t, j)));
    }
    const betas = [range.map((j) => end.get(0, j))];
    for (let t = length - 1; t > 0; t--) {
      const [behind] = betas;
      betas.unshift(range.map((i) => logSum(range.map((j) => transitions.get(i, j) + emission(t, j) + behind[j]))));
    }
    const total = logSum(range.map((j) => alphas[length - 1][j] + end.get(0, j)));
    loss += total - start.get(0, tag(0)) - end.get(0, tag(length - 1));
    for (let t = 0; t < length; t++) {
      loss -= emission(t, tag(t)) + (t > 0 ? transitions.get(tag(t - 1), tag(t)) : 0);
      for (const j of range) {
        const d = scale * (Math.exp(alphas[t][j] + betas[t][j] - total) - (j === tag(t) ? 1 : 0));
        dEmissions[j][t * batch + b] = d;
        if (t === 0) dStart[j] += d;
        if (t === length - 1) dEnd[j] += d;
        for (const i of t > 0 ? range : []) {
          const pair = Math.exp(alphas[t - 1][i] + transitions.get(i, j) + emission(t, j) + betas[t][j] - total);
          dTransitions[i][j] += scale * (pair - (i === tag(t - 1) && j === tag(t) ? 1 : 0));
        }
      }
    }
  });
  const of = (rows: number[][]) => (row: number, column: number) => rows[row][column];
  return {
    loss,
    dEmissions: of(dEmissions),
    dTransitions: of(dTransitions),
    dStart: of([dStart]),
    dEnd: of([dEnd]),
  };
}

describe.each([1, 2, 5, 21].flatMap((k) => [1, 4, 7].map((batch) => ({ k, batch }))))(
  '$k tags, batch $batch',
  (size) => {
    test.each([
      [2, 3],
      [60, 3],
      [400, 200],
    ])('transitions spread over %i, emissions over %i', (spread, emissions) => {
      const of = field(size.k, size.batch, spread, emissions / 2);
      const found = compute(of, 0.5);
      const wanted = expected(of, 0.5);
      // Scores of some hundreds are known to a few 1e-5 in single precision.
      const tolerance = spread === 400 ? 1e-4 : 1e-5;
      expect(Math.abs(found.loss - wanted.loss)).toBeLessThan(tolerance * (1 + Math.abs(wanted.loss)));
      expect(found.weight).toBe(of.lengths.reduce((sum, length) => sum + length, 0));
      expectMatrix(found.marginals, wanted.dEmissions, tolerance);
      expectMatrix(found.dTransitions, wanted.dTransitions, tolerance);
      expectMatrix(found.dStart, wanted.dStart, tolerance);
      expectMatrix(found.dEnd, wanted.dEnd, tolerance);
    });
  },
);

test('sums are rare where scores are far apart', () => {
  expect(compute(field(21, 7, 2), 1).rareSteps).toEqual([]);
  expect(compute(field(21, 7, 400, 100), 1).rareSteps).toEqual([1, 2, 3]);
});

test('a tag that no tag leads to in single precision still has its score', () => {
  const of = field(2, 1, 2);
  const certain: Field = {
    ...of,
    // From the first tag, the only one at the start, to the second by far less than e^-103, and it has to.
    transitions: matrix(2, 2, (i, j) => (i === 0 && j === 1 ? -300 : 0), 0),
    start: vector(2, (j) => (j === 0 ? 0 : -1000)),
    end: vector(2, (j) => (j === 1 ? 0 : -1000)),
    tags: [0, 0, 0, 1],
  };
  const found = compute(certain, 1);
  const wanted = expected(certain, 1);
  expect(found.loss).toBeCloseTo(wanted.loss, 3);
  expectMatrix(found.dTransitions, wanted.dTransitions, 1e-4);
  expectMatrix(found.marginals, wanted.dEmissions, 1e-4);
});

test('a sequence alone has the bits that it has among others', () => {
  const of = field(6, 5, 2);
  const together = compute(of, 1);
  const b = 3;
  const alone = compute(
    {
      ...of,
      batch: 1,
      emissions: matrix(6, time, (j, t) => of.emissions.get(j, t * 5 + b)),
      tags: [0, 1, 2, 3].map((t) => of.tags[t * 5 + b]),
      lengths: [of.lengths[b]],
    },
    1,
  );
  expectMatrix(alone.marginals, (j, t) => together.marginals.get(j, t * 5 + b), 0);
});
