// Joining and cutting along the features. A cut is a view of its operand's memory.

import type { Operation } from '@rondo/rnn-core';
import { featureRange } from '../matrix.ts';
import type { Lowering } from './lowering.ts';

/** y [N, A + B] = a [N, A] beside b [N, B], stored as a is */
export function concat(lowering: Lowering, { inputs, outputs }: Operation<'concat'>): void {
  const a = lowering.matrix(inputs.a);
  const b = lowering.matrix(inputs.b);
  const y = lowering.result(outputs.y, a.major);
  lowering.copy(a, featureRange(y, 0, a.features));
  lowering.copy(b, featureRange(y, a.features, b.features));
}

/** y [N, size] = x from `start` on */
export function slice(lowering: Lowering, { inputs, outputs, options }: Operation<'slice'>): void {
  lowering.set(outputs.y, featureRange(lowering.matrix(inputs.x), options.start, options.size));
}

/** y [N, size] = x at `start`, zeros around it, stored as x is */
export function pad(lowering: Lowering, { inputs, outputs, options }: Operation<'pad'>): void {
  const x = lowering.matrix(inputs.x);
  const y = lowering.result(outputs.y, x.major);
  const after = options.start + x.features;
  if (options.start > 0) lowering.fill(featureRange(y, 0, options.start), 0);
  if (after < options.size) lowering.fill(featureRange(y, after, options.size - after), 0);
  lowering.copy(x, featureRange(y, options.start, x.features));
}
