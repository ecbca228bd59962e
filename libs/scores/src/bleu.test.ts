// BLEU beside the values that sacrebleu's own tests and documentation publish, and its edges.

import { expect, test } from 'vitest';
import { bleu, bleuOfCounts, tokenize13a } from './bleu.ts';

const references = [
  ['The dog bit the man.', 'The dog had bit the man.'],
  ['It was not unexpected.', 'No one was surprised.'],
  ['The man bit him first.', 'The man had bitten the dog.'],
];

test.each([
  [
    'the example of its README',
    ['The dog bit the man.', "It wasn't surprising.", 'The man had just bitten him.'],
    48.530827,
  ],
  ['hypotheses without text', ['', '', ''], 0],
])('%s, two references', (_, hypotheses, expected) => {
  expect(bleu(hypotheses, references).score).toBeCloseTo(expected, 6);
});

test('one reference, orders without a match, letters beyond ASCII', () => {
  const hypothesis = 'Producția de zahăr primă va fi exprimată în ceea ce privește zahărul alb;';
  expect(bleu([hypothesis], ['producţia de zahăr brut se exprimă în zahăr alb;']).score).toBeCloseTo(8.493, 3);
});

test('counts, lengths and precisions are those of the corpus, not means of sentences', () => {
  const result = bleu(
    ['hello there general kenobi', 'on our way to ankh morpork'],
    [
      ['hello there general kenobi', 'hello there !'],
      ['goodbye ankh morpork', 'ankh morpork'],
    ],
  );
  expect(result).toMatchObject({ brevityPenalty: 1, hypothesisLength: 10, referenceLength: 7 });
  expect(result.precisions).toEqual([60, 50, 100 / 3, 25]);
  expect(result.score).toBeCloseTo(39.76353643835252, 10);
});

test('from counts', () => {
  const lengths = { hypothesisLength: 11, referenceLength: 11 };
  const { score } = bleuOfCounts({ correct: [9, 7, 5, 3], total: [10, 8, 6, 4], ...lengths });
  expect(score).toBeCloseTo(83.75922397, 7);
  expect(bleuOfCounts({ correct: [0, 0, 0, 0], total: [4, 3, 2, 1], ...lengths }).score).toBe(0);
});

test('every further order without a match counts half of the one before', () => {
  const counts = { correct: [4, 2, 0, 0], total: [6, 5, 4, 3], hypothesisLength: 6, referenceLength: 6 };
  expect(bleuOfCounts(counts).precisions).toEqual([400 / 6, 40, 50 / 4, 25 / 3]);
});

test('a corpus that is shorter than its references is punished', () => {
  const { brevityPenalty, score } = bleu(['the cat sat on'], ['the cat sat on the mat']);
  expect(brevityPenalty).toBeCloseTo(Math.exp(1 - 6 / 4), 12);
  expect(score).toBeCloseTo(100 * brevityPenalty, 10);
});

test('of references equally near in length the shorter counts', () => {
  expect(bleu(['a b c'], [['a b c d', 'a b']]).referenceLength).toBe(2);
  expect(bleu(['a b c'], [['a b', 'a b c d']]).referenceLength).toBe(2);
});

test('without one run of four tokens it is 0', () => {
  expect(bleu(['a b c'], ['a b c']).score).toBe(0);
});

test.each([
  ['Hello, world!', 'Hello , world !'],
  ['It costs 1,234.50 (not 3).', 'It costs 1,234.50 ( not 3 ) .'],
  ["don't e.g. well-known 1990-95", "don't e . g . well-known 1990 - 95"],
  ['&quot;a &amp; b&quot; &lt;c&gt;', '" a & b " < c >'],
  ['a<skipped> line-\nbroken\nhere  ', 'a linebroken here'],
  ['„Zürich“ [x]_{y}', '„Zürich“ [ x ] _ { y }'],
  ['', ''],
])('13a tokens of %j', (text, tokens) => {
  expect(tokenize13a(text).join(' ')).toBe(tokens);
});

test('lists of other lengths, empty ones and hypotheses without a reference are refused', () => {
  expect(() => bleu(['a'], ['a', 'b'])).toThrow('bleu: 1 beside 2; both lists need the same length');
  expect(() => bleu([], [])).toThrow('bleu: both lists are empty');
  expect(() => bleu(['a'], [[]])).toThrow('bleu: hypothesis 0 has no reference');
});
