// Elementwise sums and products, constants, random masks.

import { maskHash, type Operation } from '@rondo/rnn-core';
import { rowRange, stored } from '../matrix.ts';
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
  const [step, shard] = [lowering.integers(inputs.step), lowering.integers(inputs.shard)];
  const mask = lowering.result(outputs.mask, 'features');
  // Across time: one step's columns are drawn, and copied to the others.
  const drawn = options.across === 'time' ? mask.rows / options.shape[0] : mask.rows;
  lowering.emit('other', ({ kernels, int32 }) => {
    const base = maskHash(options, int32[step / 4], int32[shard / 4]);
    kernels.dropoutMask(mask.at, mask.ld, mask.features, drawn, options.rate, base);
  });
  const first = rowRange(mask, 0, drawn);
  for (let row = drawn; row < mask.rows; row += drawn) lowering.copy(first, rowRange(mask, row, drawn));
}
