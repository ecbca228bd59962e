// Confusion, accuracy and macro F1, beside scikit-learn's values.

import { expect, test } from 'vitest';
import { accuracy, confusion, macroF1 } from './classes.ts';

test('rows are gold, columns predicted', () => {
  expect(confusion([0, 0, 1, 2], Int32Array.of(0, 1, 1, 0), 3)).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 0],
  ]);
});

test.each([
  // gold, predicted, classes, accuracy_score, f1_score(average='macro')
  [[0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1], 3, 2 / 6, 0.26666666666666666],
  [[0, 0, 1, 1], [0, 0, 1, 1], 2, 1, 1],
  [[0, 0, 0, 1], [0, 0, 0, 0], 2, 0.75, 6 / 7 / 2],
])('%j predicted as %j', (gold, predicted, classes, expectedAccuracy, expectedF1) => {
  const matrix = confusion(gold, predicted, classes);
  expect(accuracy(matrix)).toBeCloseTo(expectedAccuracy, 12);
  expect(macroF1(matrix)).toBeCloseTo(expectedF1, 12);
});

test('a class that nothing has and nothing is taken for does not count, one that is only predicted counts 0', () => {
  expect(macroF1(confusion([0, 1], [0, 1], 5))).toBe(1);
  expect(macroF1(confusion([0, 1], [0, 2], 3))).toBeCloseTo(1 / 3, 12);
});

test('lists of other lengths, empty ones and classes out of range are refused', () => {
  expect(() => confusion([0], [0, 1], 2)).toThrow('confusion: 1 beside 2');
  expect(() => confusion([], [], 2)).toThrow('confusion: both lists are empty');
  expect(() => confusion([0, 2], [0, 1], 2)).toThrow('example 1 has class 2; classes are 0 to 1');
  expect(() => confusion([0, 1], [0, 0.5], 2)).toThrow('example 1 has class 0.5');
  expect(() => accuracy([[0]])).toThrow('accuracy: the confusion matrix counts no example');
  expect(() => macroF1([])).toThrow('macroF1: the confusion matrix counts no example');
});
