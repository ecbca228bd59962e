// Elementwise sums and products, constants, random masks.

import { hashOf, type Operation } from '@rondo/rnn-core';
import { stored } from '../matrix.ts';
import type { Lowering } from './lowering.ts';

/** y = a + b or a * b, stored as a is */
export function combine(lowering: Lowering, { kind, inputs, outputs }: Operation<'add' | 'multiply'>): void {
  const a = lowering.matrix(inputs.a);
  const b = lowering.as(a.major, inputs.b);
  const y = lowering.result(outputs.y, a.major);
  const { rows, columns } = stored(y);
  lowering.emit('other', ({ kernels }) => kernels[kind](a.at, a.ld, b.at, b.ld, rows, columns, y.at, y.ld));
}

export function fill(lowering: Lowering, { outputs, options }: Operation<'fill'>): void {
  lowering.fill(lowering.result(outputs.y, options.shape.length > 1 ? 'features' : 'rows'), options.value);
}

export function dropoutMask(lowering: Lowering, { inputs, outputs, options }: Operation<'dropoutMask'>): void {
  const { rate, seed, site } = options;
  const [step, shard] = [lowering.integers(inputs.step), lowering.integers(inputs.shard)];
  const mask = lowering.result(outputs.mask, 'features');
  lowering.emit('other', ({ kernels, int32 }) => {
    const base = hashOf(seed, int32[step / 4], int32[shard / 4], site);
    kernels.dropoutMask(mask.at, mask.ld, mask.features, mask.rows, rate, base);
  });
}
