// The kernels as engines call them: functions of the WebAssembly module that the build makes from ../assembly.
//
// Every pointer is a byte offset into the memory, every `ld` (leading dimension) counts elements. Activations are
// feature-major: a tensor [T, B, F] is a matrix of F rows and T·B columns, column t·B + b, row after row `ld` apart; one
// time step is B neighbouring columns. Weights are row-major as PyTorch has them. `lengths` points to int32 [B], or is 0
// where every sequence has all its steps; `t` is the time step of the columns.
//
// Arithmetic is single precision where nothing else is said, in one order of operations: the bits are the same on every
// processor. An element's bits depend on its own inputs alone, not on the columns beside it.

import { readFileSync } from 'node:fs';
import type { LayerKernels } from './layer-kernels.ts';
import type { LossKernels } from './loss-kernels.ts';
import type { RecurrentKernels } from './recurrent-kernels.ts';
import type { UpdateKernels } from './update-kernels.ts';

declare global {
  /** The part that is used here; Node's types leave it out. */
  namespace WebAssembly {
    interface Memory {
      readonly buffer: SharedArrayBuffer;
      /** In pages of 64 KiB. @returns how many it had. */
      grow(pages: number): number;
    }
    const Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => Memory;
    type Module = object;
    const Module: new (bytes: Uint8Array) => Module;
    const Instance: new (module: Module, imports: object) => { readonly exports: object };
  }
}

/** Bytes that the matrix product packs into, one place for every instance (for every thread). */
export const scratchBytes = 4 * (256 * 256 + 16 * 256 + 4 * 8);

let compiled: WebAssembly.Module | undefined;

/**
 * The kernels over a memory that is shared by any number of threads; each thread instantiates its own.
 * @param scratch a byte offset into the memory, a multiple of 16: `scratchBytes` that belong to this instance alone.
 */
export function instantiateKernels(memory: WebAssembly.Memory, scratch: number): Kernels {
  const kernels = instantiate(memory) as Kernels & { setGemmScratch(at: number): void };
  kernels.setGemmScratch(scratch);
  return kernels;
}

/** The kernels that need no scratch, over a memory that any number of threads share; each instantiates its own. */
export function instantiateUpdateKernels(memory: WebAssembly.Memory): UpdateKernels {
  return instantiate(memory) as UpdateKernels;
}

function instantiate(memory: WebAssembly.Memory): object {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('../dist/kernels.wasm', import.meta.url)));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports;
}

export interface Kernels extends LayerKernels, LossKernels, RecurrentKernels, UpdateKernels {
  /**
   * c [M, N] = beta · c + op(a) op(b), row-major, op transposing where its flag is 1; beta 0 does not read c. c must not
   * overlap a or b. A column's bits do not depend on the columns beside it.
   */
  gemm(
    transA: 0 | 1,
    transB: 0 | 1,
    m: number,
    n: number,
    k: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    beta: 0 | 1,
    c: number,
    ldc: number,
  ): void;

  /** y [E, N] = table [V, E] at ids int32 [N], transposed on the way. The caller has checked the ids. */
  embedding(table: number, width: number, ids: number, n: number, y: number, ldY: number): void;
  /** dTable [V, E] += dy [E, N] by ids, in order of n; the caller zeroes dTable. */
  embeddingGradient(ids: number, n: number, dy: number, ldDy: number, width: number, dTable: number): void;
  /**
   * lse [N] = logsumexp of each column of logits [V, N]; at `sums`, a multiple of 8, two float64: Σ (lse - logits[target])
   * over the targets int32 [N] that are not negative, added in order of n, and their number.
   */
  crossEntropy(logits: number, ld: number, v: number, n: number, targets: number, lse: number, sums: number): void;
  /** dLogits = scale · (exp(logits - lse) - onehot), 0 where the target is negative. May be in place. */
  crossEntropyGradient(
    logits: number,
    ld: number,
    v: number,
    n: number,
    targets: number,
    lse: number,
    scale: number,
    dLogits: number,
    ldD: number,
  ): void;

  /** y [rows] = row sums of x [rows, n]. */
  rowSums(x: number, ld: number, rows: number, n: number, y: number): void;
  /** y [rows, n] += bias [rows] on every column. */
  addBias(y: number, ld: number, rows: number, n: number, bias: number): void;
  /** y [rows, n] = a + b; y may be a or b. */
  add(a: number, lda: number, b: number, ldb: number, rows: number, n: number, y: number, ldy: number): void;
  /** y [rows, n] = a · b, element by element; y may be a or b. */
  multiply(a: number, lda: number, b: number, ldb: number, rows: number, n: number, y: number, ldy: number): void;
  /** y [columns, rows] = x [rows, columns] transposed; they must not overlap. */
  transpose(x: number, ldx: number, rows: number, columns: number, y: number, ldy: number): void;
  /** y [rows, n] = x */
  copy(x: number, ldx: number, rows: number, n: number, y: number, ldy: number): void;
  /** y [rows, n] = value */
  fill(y: number, ld: number, rows: number, n: number, value: number): void;
  /** y [rows, T·B] = x, 0 at columns t·B + b past the sequence's length. May be in place. */
  maskColumns(
    x: number,
    ldx: number,
    rows: number,
    time: number,
    batch: number,
    lengths: number,
    y: number,
    ldy: number,
  ): void;
  /** mask [F, N]: the dropout mask of rnn-core's random.ts, feature-major, bit for bit; base is the hash of its MaskKey. */
  dropoutMask(mask: number, ld: number, features: number, n: number, rate: number, base: number): void;

  /** y [n] = e^x; like log within 1 unit in the last place over the whole range, sigmoid within 3.5, tanh within 4.5. */
  exp(n: number, x: number, y: number): void;
  /** y [n] = ln x */
  log(n: number, x: number, y: number): void;
  /** y [n] = tanh x */
  tanh(n: number, x: number, y: number): void;
  /** y [n] = 1 / (1 + e^-x); below -88.38, where that is no normal float, 0. */
  sigmoid(n: number, x: number, y: number): void;
}
