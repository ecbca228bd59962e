// What an optimizer does to one parameter.

import type { UpdateKernels } from '@rondo/simd';

export interface Rule {
  /** PyTorch's names of the arrays kept for every parameter, each of the parameter's shape and zero at first. */
  readonly stateNames: readonly string[];
  /** Takes one step. Arithmetic is in double precision, what is stored is float32. */
  update(parameter: ParameterUpdate): void;
}

/** One parameter's step; what is said by a number of bytes lies there in the kernels' memory, float32 [length]. */
interface ParameterUpdate {
  readonly kernels: UpdateKernels;
  readonly length: number;
  /** Where the weights are read, and where they are written; may be the same. */
  readonly from: number;
  readonly to: number;
  readonly gradient: number;
  /** What the gradient is multiplied by, so that it becomes the clipped mean. */
  readonly factor: number;
  /** One array for every one of `stateNames`, in that order, updated in place. */
  readonly state: readonly number[];
  /** The number of this step, from 1. */
  readonly step: number;
  readonly learningRate: number;
}
