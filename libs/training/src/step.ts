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
  /** The vector that a gradient is widened or cut to; undefined where neither is done: it is read where it lies. */
  readonly gradient: number | undefined;
  /** What the sums are divided by. */
  readonly weight: number;
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  /** Largest norm of the whole gradient; undefined: no clipping. */
  readonly clipNorm: number | undefined;
  /** Largest magnitude of an element of the mean gradient, cut before its norm is clipped; undefined: none is cut. */
  readonly clipValue: number | undefined;
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
  const { arrays, slot, gradient, weight, optimizer, clipNorm, clipValue } = inputs;
  const gradientAt = arrays.widen(slot, gradient);
  const gradientNorm = norm(arrays.places, gradientAt) / weight;
  if (!Number.isFinite(gradientNorm)) return { finite: false, gradientNorm };
  const taken =
    clipValue === undefined ? { gradientAt, norm: gradientNorm, divisor: weight } : cut(inputs, gradientAt, clipValue);
  const coefficient = clipNorm === undefined ? 1 : clipCoefficient(taken.norm, clipNorm);
  optimizer.update(arrays, { ...inputs, gradientAt: taken.gradientAt, factor: coefficient / taken.divisor });
  return { finite: true, gradientNorm };
}

/** The mean gradient with every element cut to ±bound, as torch.nn.utils.clip_grad_value_ does. */
function cut(
  { arrays, gradient, weight }: StepInputs,
  gradientAt: (place: ParameterPlace) => number,
  bound: number,
): { gradientAt: (place: ParameterPlace) => number; norm: number; divisor: number } {
  if (gradient === undefined) throw new Error('a gradient that is cut needs a vector');
  const cutAt = ({ vectorAt }: ParameterPlace) => vectorAt(gradient);
  for (const place of arrays.places) {
    place.kernels.clip(place.length, 1 / weight, bound, gradientAt(place), cutAt(place));
  }
  return { gradientAt: cutAt, norm: norm(arrays.places, cutAt), divisor: 1 };
}

/** Euclidean, summed in double precision in order of name: no float32 overflows it, and what is not finite shows. */
function norm(places: readonly ParameterPlace[], at: (place: ParameterPlace) => number): number {
  return Math.sqrt(places.reduce((sum, place) => sum + place.kernels.sumOfSquares(place.length, at(place)), 0));
}
