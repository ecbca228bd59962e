// Sequences as single matrices: what pairs the steps of one sequence with each other needs them beside each other, where
// layers have the sequences of one step.

import type { TensorId } from '@rondo/rnn-core';
import { type Matrix, rowRange } from '../matrix.ts';
import type { Lowering } from './lowering.ts';

/** A tensor [T, B, F] as B matrices [T, F] by rows, one behind the other. */
export interface Sequences {
  readonly time: number;
  readonly batch: number;
  readonly features: number;
  /** Byte offset of the first. */
  readonly at: number;
}

export function allocateSequences(lowering: Lowering, time: number, batch: number, features: number): Sequences {
  return { time, batch, features, at: lowering.take(4 * time * batch * features) };
}

/** Sequence b, [T, F]. */
export function sequence({ time, features, at }: Sequences, b: number): Matrix {
  return { major: 'rows', rows: time, features, at: at + 4 * b * time * features, ld: features };
}

/** Time step t of all of them, [B, F]. */
function step({ time, batch, features, at }: Sequences, t: number): Matrix {
  return { major: 'rows', rows: batch, features, at: at + 4 * t * features, ld: time * features };
}

/** Emits a tensor's copy by sequences. */
export function bySequence(lowering: Lowering, id: TensorId): Sequences {
  const [time, batch, features] = lowering.shape(id);
  const from = lowering.matrix(id);
  const to = allocateSequences(lowering, time, batch, features);
  for (let t = 0; t < time; t++) lowering.copy(rowRange(from, t * batch, batch), step(to, t));
  return to;
}

/** Emits the copy back into a result. */
export function byStep(lowering: Lowering, from: Sequences, to: Matrix): void {
  const { time, batch } = from;
  for (let t = 0; t < time; t++) lowering.copy(step(from, t), rowRange(to, t * batch, batch));
}
