// Clipping by the norm of the whole gradient.

/**
 * What a gradient of norm `norm` is multiplied by so that its norm is at most `maxNorm`: min(1, maxNorm/(norm + 1e-6)),
 * as torch.nn.utils.clip_grad_norm_ does.
 */
export function clipCoefficient(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + 1e-6));
}
