// Spans and their F1: every pair of neighbouring tags, and conlleval's counts.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelF1, spanF1, spansOf } from './span-f1.ts';

/** Spans as text: X0-1 is a span of type X over tokens 0 and 1. */
const spans = (tags: string) =>
  spansOf(tags.split(' '))
    .map(({ type, first, last }) => `${type}${first}-${last}`)
    .join(' ');

// conlleval's rules, a row a pair of neighbouring tags: where the first one's span ends and the second one's starts.
describe('neighbouring tags', () => {
  test.each([
    ['O O', ''],
    ['O B-X', 'X1-1'],
    ['O I-X', 'X1-1'],
    ['O E-X', 'X1-1'],
    ['O S-X', 'X1-1'],
    ['B-X O', 'X0-0'],
    ['B-X B-X', 'X0-0 X1-1'],
    ['B-X I-X', 'X0-1'],
    ['B-X E-X', 'X0-1'],
    ['B-X S-X', 'X0-0 X1-1'],
    ['B-X I-Y', 'X0-0 Y1-1'],
    ['B-X E-Y', 'X0-0 Y1-1'],
    ['I-X O', 'X0-0'],
    ['I-X B-X', 'X0-0 X1-1'],
    ['I-X I-X', 'X0-1'],
    ['I-X E-X', 'X0-1'],
    ['I-X S-X', 'X0-0 X1-1'],
    ['I-X I-Y', 'X0-0 Y1-1'],
    ['E-X O', 'X0-0'],
    ['E-X B-X', 'X0-0 X1-1'],
    ['E-X I-X', 'X0-0 X1-1'],
    ['E-X E-X', 'X0-0 X1-1'],
    ['E-X S-X', 'X0-0 X1-1'],
    ['S-X O', 'X0-0'],
    ['S-X B-X', 'X0-0 X1-1'],
    ['S-X I-X', 'X0-0 X1-1'],
    ['S-X E-X', 'X0-0 X1-1'],
    ['S-X S-X', 'X0-0 X1-1'],
  ])('%s', (tags, expected) => {
    expect(spans(tags)).toBe(expected);
  });
});

test.each([
  ['IOB1', 'I-PER I-PER O I-LOC B-LOC I-LOC', 'PER0-1 LOC3-3 LOC4-5'],
  ['IOB2', 'B-PER I-PER O B-LOC B-LOC I-LOC', 'PER0-1 LOC3-3 LOC4-5'],
  ['BIOES', 'B-PER E-PER O S-LOC B-LOC E-LOC', 'PER0-1 LOC3-3 LOC4-5'],
  ['BIOES, three tokens', 'B-a I-a E-a S-a', 'a0-2 a3-3'],
  ['types with hyphens', 'B-creative-work I-creative-work I-creative', 'creative-work0-1 creative2-2'],
  ['no types', 'B I O I', '0-1 3-3'],
])('%s', (_, tags, expected) => {
  expect(spans(tags)).toBe(expected);
});

test('a span is correct when both ends and its type are', () => {
  const gold = ['B-X I-X O B-Y', 'B-X O O', 'O O'].map((tags) => tags.split(' '));
  const predicted = ['B-X I-X O I-Y', 'B-X I-X O', 'S-Y O'].map((tags) => tags.split(' '));
  expect(spanF1(gold, predicted)).toEqual({
    ...{ gold: 3, predicted: 4, correct: 2, precision: 2 / 4, recall: 2 / 3, f1: 4 / 7 },
    byType: {
      X: { gold: 2, predicted: 2, correct: 1, precision: 1 / 2, recall: 1 / 2, f1: 1 / 2 },
      Y: { gold: 1, predicted: 2, correct: 1, precision: 1 / 2, recall: 1, f1: 2 / 3 },
    },
  });
});

test('one token more, one less and another type are wrong on both sides', () => {
  for (const predicted of ['O I-X I-X', 'O O B-X', 'O B-X O', 'B-X I-X I-X', 'O B-Y I-Y', 'O B-X B-X']) {
    expect(spanF1([['O', 'B-X', 'I-X']], [predicted.split(' ')])).toMatchObject({
      gold: 1,
      correct: +(predicted === 'O I-X I-X'),
    });
  }
});

test('spans do not cross sentences', () => {
  expect(spanF1([['B-X'], ['I-X']], [['B-X'], ['B-X']])).toMatchObject({ gold: 2, predicted: 2, correct: 2, f1: 1 });
});

test('nothing found and nothing there are 0, not NaN', () => {
  expect(spanF1([['B-X']], [['O']])).toMatchObject({ precision: 0, recall: 0, f1: 0 });
  expect(spanF1([['O']], [['O']])).toMatchObject({ precision: 0, recall: 0, f1: 0, byType: {} });
});

test('of any tags, the counts are those of the sets of spans', () => {
  const tag = fc.constantFrom('O', 'B-X', 'I-X', 'E-X', 'S-X', 'B-Y', 'I-Y', 'E-Y', 'S-Y');
  const pair = fc.array(fc.tuple(tag, tag), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(pair, (tags) => {
      const [gold, predicted] = [0, 1].map((side) =>
        spansOf(tags.map((both) => both[side])).map((span) => JSON.stringify(span)),
      );
      const scores = spanF1([tags.map(([a]) => a)], [tags.map(([, b]) => b)]);
      const correct = gold.filter((span) => predicted.includes(span)).length;
      expect(scores).toMatchObject({ gold: gold.length, predicted: predicted.length, correct });
      const covered = spansOf(tags.map(([a]) => a)).reduce((sum, { first, last }) => sum + last - first + 1, 0);
      expect(covered).toBe(tags.filter(([a]) => a !== 'O').length);
    }),
  );
});

/**
 * The rules that conlleval lists, a pair of places before and at a token: a span ends, a span starts. A type that changes does both. It
 * keeps one pass over both columns and never makes a list of spans.
 */
const ends = new Set(['BB', 'BO', 'IB', 'IO', 'EE', 'EI', 'EO']);
const starts = new Set(['BB', 'IB', 'OB', 'OI', 'EE', 'EI', 'OE']);

function countInOnePass(gold: readonly string[], predicted: readonly string[]) {
  const counts = { gold: 0, predicted: 0, correct: 0 };
  const at = (tags: readonly string[], i: number) => {
    const [[before, typeBefore = ''], [place, type = '']] = [tags[i - 1] ?? 'O', tags[i] ?? 'O'].map((tag) =>
      tag.split('-'),
    );
    const changes = typeBefore !== type;
    return {
      isEnd: ends.has(before + place) || (before !== 'O' && changes),
      isStart: starts.has(before + place) || (place !== 'O' && changes),
      type,
    };
  };
  let isCorrect = false;
  for (let i = 0; i <= gold.length; i++) {
    const [a, b] = [at(gold, i), at(predicted, i)];
    if (isCorrect && a.isEnd && b.isEnd) counts.correct++;
    if (a.isEnd || b.isEnd) isCorrect = false;
    if (a.isStart && b.isStart && a.type === b.type) isCorrect = true;
    if (a.isStart) counts.gold++;
    if (b.isStart) counts.predicted++;
  }
  return counts;
}

test.each([
  ['IOB1 and IOB2', ['O', 'B-X', 'I-X', 'B-Y', 'I-Y']],
  ['IOE1 and IOE2', ['O', 'I-X', 'E-X', 'I-Y', 'E-Y']],
])('of any tags of %s, the counts are those of one pass by the rules of conlleval', (_, tags) => {
  const tag = fc.constantFrom(...tags);
  fc.assert(
    fc.property(fc.array(fc.tuple(tag, tag), { minLength: 1, maxLength: 12 }), (pairs) => {
      const gold = pairs.map(([a]) => a);
      const predicted = pairs.map(([, b]) => b);
      expect(spanF1([gold], [predicted])).toMatchObject(countInOnePass(gold, predicted));
    }),
    { numRuns: 500 },
  );
});

test('labels of single tokens are spans of their own, whatever stands before a hyphen', () => {
  const scores = labelF1([['ARG0', 'V', 'O', 'ARGM-TMP']], [['ARG0', 'O', 'V', 'ARGM-LOC']]);
  expect(scores).toMatchObject({ gold: 3, predicted: 3, correct: 1 });
  expect(Object.keys(scores.byType)).toEqual(['ARG0', 'ARGM-LOC', 'ARGM-TMP', 'V']);
});

test.each(['PER', 'X-PER', '', 'b-PER', 'B-'])('tag %j is refused', (tag) => {
  expect(() => spanF1([['O']], [[tag]])).toThrow(
    `tag ${JSON.stringify(tag)} is neither O nor B, I, E or S with a type`,
  );
});

test('lists of other lengths and empty ones are refused', () => {
  expect(() => spanF1([['O']], [])).toThrow('spanF1, sentences: 1 beside 0');
  expect(() => spanF1([], [])).toThrow('spanF1, sentences: both lists are empty');
  expect(() => spanF1([['O'], ['O', 'O']], [['O'], ['O']])).toThrow('sentence 1 has 2 gold tags and 1 predicted ones');
});
