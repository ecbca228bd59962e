// One training step on the coordinator: from summed gradients to new weights.

import { createHash } from 'node:crypto';
import { clipCoefficient, gradientNorm, scaleInto } from './clip.ts';
import { assertSameLayout, type Floats, sortedNames } from './floats.ts';
import type { Optimizer } from './optimizers/optimizer.ts';

export interface StepInputs {
  /** By parameter; updated in place. */
  readonly weights: Floats;
  /** From `optimizer.init` or a checkpoint; updated in place. */
  readonly optimizerState: Floats;
  /** Sums over the batch's targets, by parameter; overwritten by the averaged and clipped gradient. */
  readonly gradient: Floats;
  /** What the sums are divided by. */
  readonly weight: number;
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  /** Largest norm of the whole gradient; undefined: no clipping. */
  readonly clipNorm: number | undefined;
  /** The number of this step, from 1. */
  readonly step: number;
}

/** A step with a gradient that is not finite changes neither weights nor optimizer state. */
export type StepResult =
  | {
      readonly finite: true;
      /** Of the averaged gradient, before clipping. */
      readonly gradientNorm: number;
      /** SHA-256 of the gradient that went into the optimizer, averaged and clipped (`tensorsChecksum`). */
      readonly checksum: string;
    }
  | { readonly finite: false; readonly gradientNorm: number };

/** @throws Error when gradient and weights differ in names or sizes; nothing is changed then. */
export function takeStepInto(inputs: StepInputs): StepResult {
  const { weights, gradient, weight, clipNorm } = inputs;
  assertSameLayout('gradient', gradient, weights);
  for (const tensor of Object.values(gradient)) {
    for (let i = 0; i < tensor.length; i++) tensor[i] /= weight;
  }
  const norm = gradientNorm(gradient);
  if (!Number.isFinite(norm)) return { finite: false, gradientNorm: norm };
  const coefficient = clipNorm === undefined ? 1 : clipCoefficient(norm, clipNorm);
  if (coefficient < 1) scaleInto(gradient, coefficient);
  inputs.optimizer.updateInto(weights, gradient, inputs.optimizerState, inputs.step, inputs.learningRate);
  return { finite: true, gradientNorm: norm, checksum: tensorsChecksum(gradient) };
}

/** SHA-256 in hexadecimal of the little-endian bytes of all tensors, in order of name. */
export function tensorsChecksum(tensors: Floats): string {
  const hash = createHash('sha256');
  for (const name of sortedNames(tensors)) {
    const { buffer, byteOffset, byteLength } = tensors[name];
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
