// The affine layer, the matrix products of its derivative, and sums over rows.

import type { Operation } from '@rondo/rnn-core';
import type { Lowering } from './lowering.ts';

/** y [N, O] = x [N, I] weight [O, I]ᵀ + bias [O], stored as x is */
export function linear(lowering: Lowering, { inputs, outputs }: Operation<'linear'>): void {
  const x = lowering.as('features', inputs.x);
  const y = lowering.result(outputs.y, 'features');
  lowering.product(x, false, lowering.matrix(inputs.weight), true, y);
  if (inputs.bias === undefined) return;
  const bias = lowering.as('rows', inputs.bias);
  lowering.emit('other', ({ kernels }) => kernels.addBias(y.at, y.ld, y.features, y.rows, bias.at));
}

/** A sum over the rows of both (a weight's gradient) is stored by rows, what keeps a's rows as a is. */
export function matmul(lowering: Lowering, { inputs, outputs, options }: Operation<'matmul'>): void {
  const a = lowering.matrix(inputs.a);
  const y = lowering.result(outputs.y, options.transposeA ? 'rows' : a.major);
  lowering.product(a, options.transposeA, lowering.matrix(inputs.b), options.transposeB, y);
}

export function sumRows(lowering: Lowering, { inputs, outputs }: Operation<'sumRows'>): void {
  const x = lowering.as('features', inputs.x);
  const y = lowering.result(outputs.y, 'rows');
  lowering.emit('other', ({ kernels }) => kernels.rowSums(x.at, x.ld, x.features, x.rows, y.at));
}
