// Pooling over time.

import type { Operation } from '@rondo/rnn-core';
import type { Lowering } from './lowering.ts';

/** The kernels' numbers for what is taken over the steps. */
const codes = { mean: 0, max: 1 } as const;

export function pool(lowering: Lowering, { inputs, outputs, options }: Operation<'pool'>): void {
  const [time, batch] = lowering.shape(inputs.x);
  const lengths = lowering.lengths(inputs.lengths);
  const x = lowering.as('features', inputs.x);
  const y = lowering.result(outputs.y, 'features');
  const operands = [x.at, x.ld, x.features, time, batch, lengths, y.at, y.ld] as const;
  lowering.emit('other', ({ kernels }) => kernels.pool(codes[options.over], ...operands));
}

export function poolGradient(lowering: Lowering, { inputs, outputs, options }: Operation<'poolGradient'>): void {
  const [time, batch] = lowering.shape(inputs.x);
  const lengths = lowering.lengths(inputs.lengths);
  const [x, y, dy] = [inputs.x, inputs.y, inputs.dy].map((id) => lowering.as('features', id));
  const dx = lowering.result(outputs.dx, 'features');
  const operands = [x.at, x.ld, y.at, y.ld, dy.at, dy.ld, x.features, time, batch, lengths, dx.at, dx.ld] as const;
  lowering.emit('other', ({ kernels }) => kernels.poolGradient(codes[options.over], ...operands));
}
