// Layer normalization. Letters: N rows, F features. A row's mean and 1 / √(variance + epsilon) are computed once for the layer
// and its gradient.

import { type Emit, emitMatrix, type Handle, here, type Matrix } from '../emit.ts';
import { sumRows } from './sums.ts';

export interface Moments {
  readonly mean: Handle; // [1, N]
  readonly inverse: Handle; // [1, N]
}

/** Text of a sum over the features of a thread's row. */
const overFeatures = (F: number, term: string) => `
  let sum = 0;
  for (let f = 0; f < ${F}; f++) sum += ${term};
`;

export function moments(emit: Emit, x: Matrix, epsilon: number): Moments {
  const { rows: N, columns: F } = x;
  const mean = emit({ x: x.handle }, [N, 1], `${overFeatures(F, 'x[this.thread.x][f]')} return sum / ${F};`);
  const difference = '(x[this.thread.x][f] - mean[0][this.thread.x])';
  const inverse = emit(
    { x: x.handle, mean },
    [N, 1],
    `${overFeatures(F, `${difference} * ${difference}`)} return 1 / Math.sqrt(sum / ${F} + ${epsilon});`,
  );
  return { mean, inverse };
}

/** The normalized x at a row and a feature. */
const normal = (row: string, feature: string) => `(x[${row}][${feature}] - mean[0][${row}]) * inverse[0][${row}]`;
const normalHere = normal('this.thread.y', 'this.thread.x');

/** y [N, F] = gain [1, F] · normalized x + bias [1, F] */
export function layerNorm(emit: Emit, x: Matrix, { mean, inverse }: Moments, gain: Handle, bias: Handle): Matrix {
  const body = `return gain[0][this.thread.x] * (${normalHere}) + bias[0][this.thread.x];`;
  return emitMatrix(emit, { x: x.handle, mean, inverse, gain, bias }, x.rows, x.columns, body);
}

/** dx [N, F], dGain [1, F], dBias [1, F] from dy [N, F] */
export function layerNormGradient(
  emit: Emit,
  x: Matrix,
  { mean, inverse }: Moments,
  gain: Handle,
  dy: Matrix,
): { dx: Matrix; dGain: Matrix; dBias: Matrix } {
  const { rows: N, columns: F } = x;
  const operands = { x: x.handle, mean, inverse, dy: dy.handle };
  const g = 'gain[0][f] * dy[this.thread.x][f]';
  const average = emit({ gain, dy: dy.handle }, [N, 1], `${overFeatures(F, g)} return sum / ${F};`);
  const along = emit(
    { ...operands, gain },
    [N, 1],
    `${overFeatures(F, `${g} * (${normal('this.thread.x', 'f')})`)} return sum / ${F};`,
  );
  const body = `
    const row = this.thread.y;
    const rest = gain[0][this.thread.x] * dy${here} - average[0][row] - (${normalHere}) * along[0][row];
    return inverse[0][row] * rest;
    `;
  const dx = emitMatrix(emit, { ...operands, gain, average, along }, N, F, body);
  const weighted = emitMatrix(emit, operands, N, F, `return dy${here} * (${normalHere});`);
  return { dx, dGain: sumRows(emit, weighted), dBias: sumRows(emit, dy) };
}
