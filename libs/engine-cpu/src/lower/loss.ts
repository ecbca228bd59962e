// What losses have in common: a sum and its divisor, which kernels add up in double precision.

import type { TensorId } from '@rondo/rnn-core';
import type { Kernels } from '@rondo/simd';
import type { Lowering } from './lowering.ts';

/** @param compute puts the loss and its divisor, two float64, at byte offset `sums`. */
export function emitLoss(
  lowering: Lowering,
  outputs: { readonly lossSum: TensorId; readonly weight: TensorId },
  compute: (kernels: Kernels, sums: number) => void,
): void {
  const sums = lowering.take(16);
  const [lossSum, weight] = [lowering.result(outputs.lossSum, 'rows'), lowering.result(outputs.weight, 'rows')];
  lowering.emit('other', ({ kernels, float32, float64 }) => {
    compute(kernels, sums);
    float32[lossSum.at / 4] = float64[sums / 8];
    float32[weight.at / 4] = float64[sums / 8 + 1];
  });
}
