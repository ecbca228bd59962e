// Losses of numbers: the squared, the absolute and Huber's distance to the targets, weighted and summed.

import type { Operation } from '@rondo/rnn-core';
import { type Emit, emitMatrix, type Handle, here, type Matrix } from '../emit.ts';
import { sumAll, sumRows } from './sums.ts';

type Options = Operation<'regressionLoss'>['options'];

export interface RegressionOperands {
  readonly y: Matrix; // [N, F], as the others
  readonly targets: Handle;
  readonly weights: Handle;
}

/** Statement that declares d = y - target, and leaves with 0 where the weight is 0. */
const difference = `
  if (weights${here} === 0) return 0;
  const d = y${here} - targets${here};
`;

function distance({ kind, delta }: Options): string {
  switch (kind) {
    case 'squared':
      return `return weights${here} * d * d;`;
    case 'absolute':
      return `return weights${here} * Math.abs(d);`;
    case 'huber':
      return `
        if (Math.abs(d) <= ${delta}) return 0.5 * weights${here} * d * d;
        return weights${here} * ${delta} * (Math.abs(d) - ${0.5 * delta});
        `;
  }
}

/** Statements that return the slope of the distance at d. */
function slope({ kind, delta }: Options): string {
  const scale = `dLossSum[0][0] * weights${here}`;
  switch (kind) {
    case 'squared':
      return `return ${scale} * 2 * d;`;
    case 'absolute':
      return `
        if (d > 0) return ${scale};
        if (d < 0) return -(${scale});
        return 0;
        `;
    case 'huber':
      return `return ${scale} * Math.max(${-delta}, Math.min(${delta}, d));`;
  }
}

/** → Σ w · distance(y - target) and Σ w */
export function regressionLoss(emit: Emit, options: Options, { y, targets, weights }: RegressionOperands) {
  const { rows, columns } = y;
  const losses = emitMatrix(
    emit,
    { y: y.handle, targets, weights },
    rows,
    columns,
    `${difference} ${distance(options)}`,
  );
  const sum = (matrix: Matrix) => sumAll(emit, sumRows(emit, matrix).handle, columns);
  return { lossSum: sum(losses), weight: sum({ handle: weights, rows, columns }) };
}

/** dY [N, F] = dLossSum · w · slope, 0 where w is 0 */
export function regressionLossGradient(
  emit: Emit,
  options: Options,
  { y, targets, weights }: RegressionOperands,
  dLossSum: Handle,
): Matrix {
  const body = `${difference} ${slope(options)}`;
  return emitMatrix(emit, { y: y.handle, targets, weights, dLossSum }, y.rows, y.columns, body);
}
