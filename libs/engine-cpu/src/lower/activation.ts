// Activations outside of recurrent layers.

import type { Operation } from '@rondo/rnn-core';
import { stored } from '../matrix.ts';
import type { Lowering } from './lowering.ts';

/** The kernels' numbers for the activations. */
export const activationCodes = { tanh: 0, relu: 1, sigmoid: 2 } as const;

/** y = activation(x), stored as x is */
export function activation(lowering: Lowering, { inputs, outputs, options }: Operation<'activation'>): void {
  const x = lowering.matrix(inputs.x);
  const y = lowering.result(outputs.y, x.major);
  const code = activationCodes[options.function];
  const { rows, columns } = stored(y);
  lowering.emit('other', ({ kernels }) => kernels.activation(code, x.at, x.ld, rows, columns, y.at, y.ld));
}

/** dx = dy · slope(y), stored as y is */
export function activationGradient(
  lowering: Lowering,
  { inputs, outputs, options }: Operation<'activationGradient'>,
): void {
  const y = lowering.matrix(inputs.y);
  const dy = lowering.as(y.major, inputs.dy);
  const dx = lowering.result(outputs.dx, y.major);
  const code = activationCodes[options.function];
  const { rows, columns } = stored(y);
  const operands = [y.at, y.ld, dy.at, dy.ld, rows, columns, dx.at, dx.ld] as const;
  lowering.emit('other', ({ kernels }) => kernels.activationGradient(code, ...operands));
}
