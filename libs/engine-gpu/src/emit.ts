// Records kernel calls while gpu.js traces a pipeline. A kernel is written as text: gpu.js reads a kernel's source, which
// no compiler, bundler or coverage tool may have rewritten, and sizes become literals that its translators optimise.

import type { GPU, IKernelRunShortcut } from 'gpu.js';

declare const handleBrand: unique symbol;
/** A result inside the pipeline that does not exist yet: gpu.js's opaque handle. */
export interface Handle {
  readonly [handleBrand]: true;
}

/** A value of the pipeline read as `handle[row][column]`. */
export interface Matrix {
  readonly handle: Handle;
  readonly rows: number;
  readonly columns: number;
}

/** Operands by the names that the kernel's body uses; numbers freeze into the plan. */
export type Operands = Readonly<Record<string, Handle | number>>;

/** @param output sizes from the innermost axis (thread.x) outwards, up to three. */
export type Emit = (operands: Operands, output: readonly number[], body: string) => Handle;

/** Integers above this are not all exact in float32, in which gpu.js does some of its index arithmetic. */
const largestExtent = 2 ** 24;

/** An emitter for one pipeline of `gpu`; calls with the same text and size share a kernel. */
export function createEmit(gpu: GPU): Emit {
  const kernels = new Map<string, IKernelRunShortcut>();
  return (operands, output, body) => {
    if (output.some((size) => size >= largestExtent)) {
      throw new Error(
        `a tensor of [${output}] is too large for gpu.js, which counts up to ${largestExtent}; use smaller shards`,
      );
    }
    const source = `function (${Object.keys(operands).join(', ')}) {${body}}`;
    const key = `${output} ${source}`;
    let kernel = kernels.get(key);
    if (kernel === undefined) {
      // A loop to a bound that is not a literal is cut off at loopMaxIterations.
      const settings = { output: [...output], strictIntegers: true, loopMaxIterations: largestExtent };
      kernel = gpu.createKernel(source, settings);
      kernels.set(key, kernel);
    }
    return (kernel as unknown as (...handles: (Handle | number)[]) => Handle)(...Object.values(operands));
  };
}

/** Emits a kernel whose result is a matrix. */
export function emitMatrix(emit: Emit, operands: Operands, rows: number, columns: number, body: string): Matrix {
  return { handle: emit(operands, [columns, rows], body), rows, columns };
}

/** The element of a matrix that a thread computes. */
export const here = '[this.thread.y][this.thread.x]';
