// Layer normalization. The layer and its gradient share the rows' means and deviations.

import type { Operation, TensorId } from '@rondo/rnn-core';
import type { Lowering } from './lowering.ts';

/** Byte offsets of every row's mean and 1 / √(variance + epsilon), [N] each. */
export interface Moments {
  readonly mean: number;
  readonly inverse: number;
}

export function layerNorm(lowering: Lowering, { inputs, outputs, options }: Operation<'layerNorm'>): void {
  const { at, ld, features, rows } = lowering.as('features', inputs.x);
  const { mean, inverse } = moments(lowering, inputs.x, options.epsilon);
  const [gain, bias] = [lowering.as('rows', inputs.gain).at, lowering.as('rows', inputs.bias).at];
  const y = lowering.result(outputs.y, 'features');
  lowering.emit('other', ({ kernels }) =>
    kernels.layerNorm(at, ld, features, rows, mean, inverse, gain, bias, y.at, y.ld),
  );
}

export function layerNormGradient(
  lowering: Lowering,
  { inputs, outputs, options }: Operation<'layerNormGradient'>,
): void {
  const [x, dy] = [lowering.as('features', inputs.x), lowering.as('features', inputs.dy)];
  const { features, rows } = x;
  const { mean, inverse } = moments(lowering, inputs.x, options.epsilon);
  const operands = [x.at, x.ld, dy.at, dy.ld, features, rows, mean, inverse] as const;
  const gain = lowering.as('rows', inputs.gain).at;
  const [dGain, dBias] = [lowering.result(outputs.dGain, 'rows').at, lowering.result(outputs.dBias, 'rows').at];
  const [average, along] = [lowering.take(4 * rows), lowering.take(4 * rows)];
  lowering.emit('other', ({ kernels }) => kernels.layerNormSums(...operands, gain, dGain, dBias, average, along));
  lowering.final(outputs.dGain);
  lowering.final(outputs.dBias);
  if (!lowering.needs(outputs.dx)) return;
  const dx = lowering.result(outputs.dx, 'features');
  lowering.emit('other', ({ kernels }) => kernels.layerNormGradient(...operands, gain, average, along, dx.at, dx.ld));
}

function moments(lowering: Lowering, id: TensorId, epsilon: number): Moments {
  const key = `${id} ${epsilon}`;
  const known = lowering.moments.get(key);
  if (known !== undefined) return known;
  const x = lowering.as('features', id);
  const [mean, inverse] = [lowering.take(4 * x.rows), lowering.take(4 * x.rows)];
  lowering.emit('other', ({ kernels }) =>
    kernels.columnMoments(x.at, x.ld, x.features, x.rows, epsilon, mean, inverse),
  );
  lowering.moments.set(key, { mean, inverse });
  return { mean, inverse };
}
