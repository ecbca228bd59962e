// What gradients are held, summed and sent in.

import type { GradientType, TrainingSpec } from '@rondo/spec';

export interface GradientFormat {
  readonly type: GradientType;
  /** A gradient is held times 2^exponent; 0 for float32. */
  readonly exponent: number;
}

/**
 * Gradients are sums over a batch's targets; what stays of one size is their mean. With 16 bits a sum is held as 2^9 to
 * 2^10 times the mean, as far from float16's largest number, 65504, as keeps its smallest, 2^-24, out of sight: the
 * exponent is 10 - ⌈log₂(batch · sequence)⌉; where sequences are of unequal length, each counts as one target.
 */
export function gradientFormat({
  gradients: type,
  batch,
  sequence = 1,
}: Pick<TrainingSpec, 'gradients' | 'batch'> & { readonly sequence?: number }): GradientFormat {
  if (type === 'float32') return { type, exponent: 0 };
  let exponent = 10;
  for (let targets = 1; targets < batch * sequence; targets *= 2) exponent -= 1;
  return { type, exponent };
}
