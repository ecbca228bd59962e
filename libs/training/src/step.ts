// One training step on the coordinator: from summed gradients to new weights.

import { clipCoefficient } from './clip.ts';
import type { ModelArrays, ParameterPlace } from './memory/model-arrays.ts';
import type { Optimizer } from './optimizers/optimizer.ts';

export interface StepInputs {
  readonly arrays: ModelArrays;
  /** The vector of the present weights, which stays as it is, and the one that gets the next. */
  readonly from: number;
  readonly to: number;
  /** One vector for every one of the optimizer's `stateNames`; updated in place. */
  readonly state: readonly number[];
  /** Sums over the batch's targets; stays as it is. */
  readonly slot: number;
  /** The vector that a gradient of 16 bits is widened to; undefined with float32, which is read where it lies. */
  readonly gradient: number | undefined;
  /** What the sums are divided by. */
  readonly weight: number;
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  /** Largest norm of the whole gradient; undefined: no clipping. */
  readonly clipNorm: number | undefined;
  /** The number of this step, from 1. */
  readonly step: number;
}

export interface StepResult {
  /** Whether the gradient was; else neither weights nor optimizer state have changed. */
  readonly finite: boolean;
  /** Of the mean gradient, before clipping. */
  readonly gradientNorm: number;
}

export function takeStep(inputs: StepInputs): StepResult {
  const { arrays, slot, gradient, weight, optimizer, clipNorm } = inputs;
  const gradientAt = arrays.widen(slot, gradient);
  const gradientNorm = norm(arrays.places, gradientAt) / weight;
  if (!Number.isFinite(gradientNorm)) return { finite: false, gradientNorm };
  const coefficient = clipNorm === undefined ? 1 : clipCoefficient(gradientNorm, clipNorm);
  optimizer.update(arrays, { ...inputs, gradientAt, factor: coefficient / weight });
  return { finite: true, gradientNorm };
}

/** Euclidean, summed in double precision in order of name: no float32 overflows it, and what is not finite shows. */
function norm(places: readonly ParameterPlace[], at: (place: ParameterPlace) => number): number {
  return Math.sqrt(places.reduce((sum, place) => sum + place.kernels.sumOfSquares(place.length, at(place)), 0));
}
