// Losses of numbers and their gradients, stored as y is.

import type { Operation } from '@rondo/rnn-core';
import { type Matrix, stored } from '../matrix.ts';
import { emitLoss } from './loss.ts';
import type { Lowering } from './lowering.ts';

/** The kernels' numbers for the kinds. */
const kinds = { squared: 0, absolute: 1, huber: 2 } as const satisfies Record<
  Operation<'regressionLoss'>['options']['kind'],
  number
>;

export function regressionLoss(lowering: Lowering, operation: Operation<'regressionLoss'>): void {
  const operands = operandsOf(lowering, operation);
  emitLoss(lowering, operation.outputs, (kernels, sums) => kernels.regressionLoss(...operands, sums));
}

export function regressionLossGradient(lowering: Lowering, operation: Operation<'regressionLossGradient'>): void {
  const { inputs, outputs } = operation;
  const scale = lowering.matrix(inputs.dLossSum).at;
  const dY = lowering.result(outputs.dY, lowering.matrix(inputs.y).major);
  const operands = operandsOf(lowering, operation, dY);
  lowering.emit('other', ({ kernels, float32 }) =>
    kernels.regressionLossGradient(...operands, float32[scale / 4], dY.at, dY.ld),
  );
}

function operandsOf(
  lowering: Lowering,
  { inputs, options: { kind, delta } }: Operation<'regressionLoss' | 'regressionLossGradient'>,
  ...results: readonly Matrix[]
) {
  const y = lowering.matrix(inputs.y);
  const [targets, weights] = [lowering.as(y.major, inputs.targets), lowering.as(y.major, inputs.weights)];
  const { rows, columns } = stored(y);
  // One long row where nothing lies between the rows: features are often one or two.
  const flat = [y, targets, weights, ...results].every(({ ld }) => ld === columns);
  const places = [y.at, y.ld, targets.at, targets.ld, weights.at, weights.ld] as const;
  return [kinds[kind], delta, ...places, flat ? 1 : rows, flat ? rows * columns : columns] as const;
}
