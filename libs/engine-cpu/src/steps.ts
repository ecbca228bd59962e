// A plan is a list of steps over one memory, cut into stages where results are final.

import type { OutputRole, Port } from '@rondo/rnn-core';
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

/** An output of the program, whose elements lie one after the other from byte offset `at` on. */
export interface Result {
  readonly port: Port<OutputRole>;
  readonly at: number;
  readonly length: number;
}

/** Steps, and the results that are final after them. */
export interface Stage {
  readonly steps: readonly Step[];
  readonly results: readonly Result[];
}

/** Adds up where steps spend their time. Reading the clock around every step costs a little itself. */
export interface Stopwatch {
  nowMs(): number;
  add(kind: StepKind, ms: number): void;
}
