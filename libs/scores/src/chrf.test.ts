// chrF beside the values that sacrebleu's own tests and documentation publish, and its edges.

import { expect, test } from 'vitest';
import { chrf } from './chrf.ts';

test('the example of its documentation', () => {
  const hypotheses = [
    'The relationship between cats and dogs is not exactly friendly.',
    'a good bookshop is just a genteel black hole that knows how to read.',
  ];
  const references = [
    'The relationship between dogs and cats is not exactly friendly.',
    'A good bookshop is just a genteel Black Hole that knows how to read.',
  ];
  expect(chrf(hypotheses, references)).toBeCloseTo(84.64214891738334, 10);
});

// Where precision and recall are equal, beta does not matter.
test.each([
  [['a'], ['a'], 100],
  [[''], ['reference'], 0],
  [['a b c'], ['a b c'], 100],
  [['a b c'], ['abc'], 100],
  [['\u00a0a\tb\n'], ['ab'], 100],
  [[''], ['c'], 0],
  [['a', 'b'], ['a', 'c'], 50],
  [['aa'], ['ab'], 25],
])('%j for %j is %d', (hypotheses, references, expected) => {
  expect(chrf(hypotheses, references)).toBeCloseTo(expected, 10);
});

test('recall counts four times as much as precision', () => {
  // 1-grams: precision 1, recall 1/2.
  expect(chrf(['a'], ['ab'])).toBeCloseTo((100 * 5 * 0.5) / (4 + 0.5), 10);
  expect(chrf(['ab'], ['a'])).toBeCloseTo((100 * 5 * 0.5) / (4 * 0.5 + 1), 10);
});

test('a character beyond the basic plane is one', () => {
  expect(chrf(['😀'], ['😃'])).toBe(0);
});

test('a hypothesis does not count in an order that its reference is too short for', () => {
  // Order 2 exists in the second pair alone.
  expect(chrf(['abcdef', 'xy'], ['a', 'xy'])).toBeCloseTo((100 * 5 * 0.6875 * 1) / (4 * 0.6875 + 1), 10);
});

test('lists of other lengths and empty ones are refused', () => {
  expect(() => chrf(['a'], [])).toThrow('chrf: 1 beside 0; both lists need the same length');
  expect(() => chrf([], [])).toThrow('chrf: both lists are empty');
});
