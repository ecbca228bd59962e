// The norm of a whole gradient, and clipping by it.

import type { Floats } from './floats.ts';
import { sortedNames } from './floats.ts';

/** Euclidean norm over all tensors, summed in double precision in order of name; not finite if any element is not. */
export function gradientNorm(gradient: Floats): number {
  let sum = 0;
  for (const name of sortedNames(gradient)) {
    for (const value of gradient[name]) sum += value * value;
  }
  return Math.sqrt(sum);
}

/**
 * What a gradient of norm `norm` is multiplied by so that its norm is at most `maxNorm`: min(1, maxNorm/(norm + 1e-6)),
 * as torch.nn.utils.clip_grad_norm_ does.
 */
export function clipCoefficient(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6));
}

/** Multiplies every element by `factor`. */
export function scaleInto(gradient: Floats, factor: number): void {
  for (const tensor of Object.values(gradient)) {
    for (let i = 0; i < tensor.length; i++) tensor[i] *= factor;
  }
}
