// A plan is a flat list of steps over one memory.

import type { Gemm, Kernels } from '@rondo/simd';

/** What steps run on. */
export interface Machine {
  readonly kernels: Kernels;
  /** Matrix products: the BLAS library's, or the kernels' own. */
  readonly gemm: Gemm;
  /** The whole arena; byte offset / 4 or / 8 is the index. */
  readonly float32: Float32Array;
  readonly int32: Int32Array;
  readonly float64: Float64Array;
}

/** Where a step's time is counted: matrix products, a recurrent layer's gates, everything else. */
export type StepKind = 'product' | 'gates' | 'other';

export interface Step {
  readonly kind: StepKind;
  run(machine: Machine): void;
}

/** Adds up where steps spend their time. Reading the clock around every step costs a little itself. */
export interface Stopwatch {
  nowMs(): number;
  add(kind: StepKind, ms: number): void;
}
