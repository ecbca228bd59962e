// A model of training's arithmetic: every value is a hash of what the real one is computed from, so that two values are
// equal when, and only when, everything that led to them was.

import { hashOf, mix } from '@rondo/rnn-core';
import { children, type TreeNode } from '../reduction-tree.ts';

export interface Weights {
  /** After which they are; 0: the initial ones. */
  readonly step: number;
  readonly value: number;
}

/** One batch, of training or of validation. */
export interface Batch {
  readonly phase: 'gradients' | 'evaluation';
  /** The training step, or the place of a batch in the validation text. */
  readonly batch: number;
}

export function combine(left: number, right: number): number {
  return mix(left, right);
}

export function nodeValue(weights: number, { phase, batch }: Batch, node: TreeNode): number {
  const halves = children(node);
  if (halves === undefined) return hashOf(weights, phase === 'gradients' ? 1 : 2, batch, node.first);
  const [left, right] = halves.map((half) => nodeValue(weights, { phase, batch }, half));
  return combine(left, right);
}

export function initialWeights(seed: number): Weights {
  return { step: 0, value: hashOf(seed, 3) };
}

/** @param sum the value of the tree's root. */
export function nextWeights({ step, value }: Weights, sum: number): Weights {
  return { step: step + 1, value: hashOf(value, 4, step + 1, sum) };
}

/** The weights after step 0, 1, … of a run that nothing disturbs. */
export function undisturbed(seed: number, shards: number, steps: number): Weights[] {
  const all = [initialWeights(seed)];
  for (let step = 1; step <= steps; step++) {
    const before = all[step - 1];
    const sum = nodeValue(before.value, { phase: 'gradients', batch: step }, { first: 0, end: shards });
    all.push(nextWeights(before, sum));
  }
  return all;
}
