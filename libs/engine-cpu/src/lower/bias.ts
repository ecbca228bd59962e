// Both biases of a recurrent layer as one.

import type { Layer } from './recurrent.ts';

/** Byte offset of b_ih + b_hh [G·H], for cells that only ever add the two. */
export function biasSum({ lowering, biasIh, biasHh }: Layer): number {
  const size = biasIh.features;
  const sum = lowering.take(4 * size);
  lowering.emit('other', ({ kernels }) => kernels.add(biasIh.at, size, biasHh.at, size, 1, size, sum, size));
  return sum;
}
