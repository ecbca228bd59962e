// Pooling over time in plain loops, forward and backward side by side. Letters: T time, B batch, F features.

import type { Operation } from '../program/operation.ts';
import { type Floats, floats, type Precision } from './arrays.ts';

type Over = Operation<'pool'>['options']['over'];

export interface PoolSizes {
  readonly time: number;
  readonly batch: number;
  readonly features: number;
}

/** y [B, F] = the mean, or the largest, of x [T, B, F] over each sequence's valid steps; 0 where it has none */
export function pool(
  over: Over,
  { time, batch, features }: PoolSizes,
  x: Floats,
  lengths: Int32Array | undefined,
  precision: Precision,
): Floats {
  const y = floats(precision, batch * features);
  for (let i = 0; i < y.length; i++) {
    const length = lengths?.[Math.floor(i / features)] ?? time;
    const steps = Array.from({ length }, (_, t) => x[t * y.length + i]);
    if (length === 0) continue;
    y[i] = over === 'max' ? Math.max(...steps) : steps.reduce((sum, value) => sum + value, 0) / length;
  }
  return y;
}

/** dx [T, B, F] from dy [B, F] */
export function poolGradient(
  over: Over,
  { time, batch, features }: PoolSizes,
  x: Floats,
  y: Floats,
  dy: Floats,
  lengths: Int32Array | undefined,
  precision: Precision,
): Floats {
  const size = batch * features;
  const dx = floats(precision, time * size);
  for (let i = 0; i < size; i++) {
    const length = lengths?.[Math.floor(i / features)] ?? time;
    for (let t = 0; t < length; t++) {
      if (over === 'mean') {
        dx[t * size + i] = dy[i] / length;
      } else if (x[t * size + i] === y[i]) {
        dx[t * size + i] = dy[i];
        break; // the first of equal ones
      }
    }
  }
  return dx;
}
