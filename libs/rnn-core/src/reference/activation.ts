// The activations, and their derivatives from their values.

import type { Activation } from '../program/cell.ts';

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export const activate: Record<Activation, (x: number) => number> = {
  tanh: Math.tanh,
  relu: (x) => Math.max(x, 0),
  sigmoid,
};

/** d activation / d its input, from the activation's value. */
export const slope: Record<Activation, (y: number) => number> = {
  tanh: (y) => 1 - y * y,
  relu: (y) => (y > 0 ? 1 : 0),
  sigmoid: (y) => y * (1 - y),
};
