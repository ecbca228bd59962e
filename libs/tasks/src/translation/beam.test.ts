// Beam search: against every text there is, greedy with a beam of one, length penalty, ties.

import { hashOf, uniform } from '@rondo/rnn-core';
import { describe, expect, test } from 'vitest';
import { Beam, type BeamOptions, penalty } from './beam.ts';

const symbolCount = 3;
const end = 2;

/** Logits after a beginning: a fixed draw for each. */
function logitsAfter(seed: number, symbols: readonly number[]): Float64Array {
  const place = symbols.reduce((sum, symbol) => sum * 4 + symbol + 1, 0);
  return Float64Array.from({ length: symbolCount }, (_, i) => 3 * uniform(hashOf(seed, place, i)));
}

function searched(seed: number, options: Omit<BeamOptions, 'end'>): readonly number[] {
  const beam = new Beam({ ...options, end });
  while (beam.live.length > 0) {
    const { live } = beam;
    beam.extend((i) => logitsAfter(seed, live[i].symbols));
  }
  return beam.symbols;
}

/** The best of all texts of up to `longest` symbols, ends among them. */
function bestOfAll(seed: number, lengthPenalty: number, longest: number) {
  let best = { symbols: [] as readonly number[], score: Number.NEGATIVE_INFINITY };
  const visit = (symbols: readonly number[], score: number, ended: boolean) => {
    const length = symbols.length + (ended ? 1 : 0);
    if (ended || length === longest) {
      const normalized = score / penalty(length, lengthPenalty);
      if (normalized > best.score) best = { symbols, score: normalized };
      return;
    }
    const powers = logitsAfter(seed, symbols).map(Math.exp);
    const sum = powers.reduce((total, power) => total + power, 0);
    powers.forEach((power, symbol) => {
      const isEnd = symbol === end;
      visit(isEnd ? symbols : [...symbols, symbol], score + Math.log(power / sum), isEnd);
    });
  };
  visit([], 0, false);
  return best.symbols;
}

const seeds = Array.from({ length: 40 }, (_, i) => i);

describe.each([0, 0.6, 1, 2])('α = %d', (lengthPenalty) => {
  test('a beam as wide as the texts are many finds the best of all', () => {
    for (const seed of seeds) {
      expect(searched(seed, { beam: 64, lengthPenalty, longest: 5 })).toEqual(bestOfAll(seed, lengthPenalty, 5));
    }
  });
});

test('a beam of one takes the likeliest symbol every time', () => {
  for (const seed of seeds) {
    const greedy: number[] = [];
    while (greedy.length < 6) {
      const logits = logitsAfter(seed, greedy);
      const next = logits.indexOf(Math.max(...logits));
      if (next === end) break;
      greedy.push(next);
    }
    expect(searched(seed, { beam: 1, lengthPenalty: 1, longest: 6 })).toEqual(greedy);
  }
});

test('a larger penalty gives longer texts', () => {
  const lengths = [0, 1, 3].map((lengthPenalty) =>
    seeds.reduce((sum, seed) => sum + searched(seed, { beam: 8, lengthPenalty, longest: 8 }).length, 0),
  );
  expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
  expect(lengths[2]).toBeGreaterThan(lengths[0]);
});

test('of equal extensions that of the earlier beginning comes first, then the smaller symbol', () => {
  const beam = new Beam({ beam: 4, lengthPenalty: 0, end: 9, longest: 9 });
  beam.extend(() => [1, 1]);
  beam.extend(() => [0, 0]);
  expect(beam.live.map(({ symbols }) => symbols)).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
});

test('the penalty of Wu et al.', () => {
  expect(penalty(1, 0.7)).toBe(1);
  expect(penalty(7, 1)).toBe(2);
  expect(penalty(19, 0.5)).toBe(2);
});
