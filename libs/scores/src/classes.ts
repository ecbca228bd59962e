// Scores of a classifier: the confusion matrix, and accuracy and macro F1 out of it.

import { checkPairs } from './checks.ts';

/** Row: the gold class, column: the predicted one. */
export type Confusion = readonly (readonly number[])[];

/**
 * How often each gold class was predicted as each class.
 * @param classes their number C; gold and predicted are 0 to C - 1.
 * @throws Error when lengths differ, nothing is there, or a class is out of range.
 */
export function confusion(gold: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): Confusion {
  checkPairs('confusion', gold, predicted);
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < gold.length; i++) {
    checkClass(gold[i], i, classes);
    checkClass(predicted[i], i, classes);
    counts[gold[i]][predicted[i]]++;
  }
  return counts;
}

function checkClass(value: number, index: number, classes: number): void {
  if (Number.isInteger(value) && value >= 0 && value < classes) return;
  throw new Error(`confusion: example ${index} has class ${value}; classes are 0 to ${classes - 1}`);
}

/** The share of examples whose class was predicted, 0 to 1. @throws Error for a matrix without examples. */
export function accuracy(matrix: Confusion): number {
  const total = sum(matrix.map(sum));
  if (total === 0) throw new Error('accuracy: the confusion matrix counts no example');
  return sum(matrix.map((row, c) => row[c])) / total;
}

/**
 * The mean over the classes of F1 = 2·correct / (gold + predicted), 0 to 1: every class counts alike, whatever its size. A class
 * that is neither in the gold classes nor predicted does not count, one that is in only one of them counts 0
 * (scikit-learn's f1_score with average='macro').
 * @throws Error for a matrix without examples.
 */
export function macroF1(matrix: Confusion): number {
  const scores = matrix.flatMap((row, c) => {
    const size = sum(row) + sum(matrix.map((other) => other[c]));
    return size === 0 ? [] : [(2 * row[c]) / size];
  });
  if (scores.length === 0) throw new Error('macroF1: the confusion matrix counts no example');
  return sum(scores) / scores.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
