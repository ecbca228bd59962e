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

declare global {
  /** The part that is used here; Node's types leave it out. */
  namespace WebAssembly {
    interface Memory {
      readonly buffer: SharedArrayBuffer;
    }
    const Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => Memory;
    type Module = object;
    const Module: new (bytes: Uint8Array) => Module;
    const Instance: new (module: Module, imports: object) => { readonly exports: object };
  }
}

/** Bytes that the matrix product packs into, one place for every instance (for every thread). */
export const scratchBytes = 266_368;

let compiled: WebAssembly.Module | undefined;

/**
 * The kernels over a memory that is shared by any number of threads; each thread instantiates its own.
 * @param scratch a byte offset into the memory, a multiple of 16: `scratchBytes` that belong to this instance alone.
 */
export function instantiateKernels(memory: WebAssembly.Memory, scratch: number): Kernels {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('../dist/kernels.wasm', import.meta.url)));
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  const kernels = exports as Kernels & { setGemmScratch(at: number): void };
  kernels.setGemmScratch(scratch);
  return kernels;
}

export interface Kernels {
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

  /**
   * One LSTM step. gates [4H, B] holds the sums W_ih x + W_hh h and becomes i, f, g, o; bias [4H] is b_ih + b_hh.
   * c = f·c0 + i·g, tanhC = tanh(c), h = o·tanhC. Past a sequence's length: c = c0, h = h0, gates and tanhC 0.
   */
  lstmForward(
    hidden: number,
    batch: number,
    gates: number,
    ldGates: number,
    bias: number,
    c0: number,
    ldC0: number,
    h0: number,
    ldH0: number,
    c: number,
    ldC: number,
    tanhC: number,
    ldTanhC: number,
    h: number,
    ldH: number,
    lengths: number,
    t: number,
  ): void;
  /**
   * Its derivative. gates [4H, B] holds i, f, g, o and becomes the derivatives by the gates' sums. dh [H, B] is what later
   * steps say of h (dy of this step is added), dc [H, B] of c: it becomes what this step says of c0.
   * Past a length: gates' derivatives 0, dc stays. With lengths, dh becomes its direct way to h0: itself past a length,
   * else 0, and the product W_hhᵀ gates is added to it (beta 1); without lengths dh stays as it is (beta 0).
   */
  lstmBackward(
    hidden: number,
    batch: number,
    gates: number,
    ldGates: number,
    c0: number,
    ldC0: number,
    tanhC: number,
    ldTanhC: number,
    dy: number,
    ldDy: number,
    dh: number,
    ldDh: number,
    dc: number,
    ldDc: number,
    lengths: number,
    t: number,
  ): void;

  /** One GRU step, reset after. gates [3H, B]: W_ih x, becomes r, z, n; q [3H, B]: W_hh h, its last H rows become q = W_hn h + b_hn. */
  gruAfterForward(
    hidden: number,
    batch: number,
    gates: number,
    ldGates: number,
    q: number,
    ldQ: number,
    biasIh: number,
    biasHh: number,
    h0: number,
    ldH0: number,
    h: number,
    ldH: number,
    lengths: number,
    t: number,
  ): void;
  /** gates r, z, n → derivatives by W_ih x's sums; q [3H, B] → derivatives by W_hh h's sums; dh becomes dh · z (the direct way to h0). */
  gruAfterBackward(
    hidden: number,
    batch: number,
    gates: number,
    ldGates: number,
    q: number,
    ldQ: number,
    h0: number,
    ldH0: number,
    dy: number,
    ldDy: number,
    dh: number,
    ldDh: number,
    lengths: number,
    t: number,
  ): void;
  // reset before, in two passes a direction (the candidate's product needs r·h); rnn with its three activations:
  // gruBeforeGatesForward, gruBeforeOutputForward, gruBeforeOutputBackward, gruBeforeGatesBackward, rnnForward, rnnBackward

  /** y [E, N] = table [V, E] at ids int32 [N], transposed on the way. */
  embedding(table: number, width: number, ids: number, n: number, y: number, ldY: number): void;
  /** dTable [V, E] += dy [E, N] by ids, in order of n; the caller zeroes dTable. */
  embeddingGradient(ids: number, n: number, dy: number, ldDy: number, width: number, dTable: number): void;
  /** lse [N] = logsumexp of logits [V, N] per column; sums[0] (f64) = loss over targets ≥ 0, sums[1] = their number. */
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
  /** y = a + b, y = a * b over rows × n with leading dimensions. */
  add(a: number, lda: number, b: number, ldb: number, rows: number, n: number, y: number, ldy: number): void;
  multiply(a: number, lda: number, b: number, ldb: number, rows: number, n: number, y: number, ldy: number): void;
  /** y [columns, rows] = x [rows, columns] transposed, and copies, fills, masked copies (0 past lengths). */
  transpose(x: number, ldx: number, rows: number, columns: number, y: number, ldy: number): void;
  /** The dropout mask of rnn-core's random.ts, feature-major, bit for bit. */
  dropoutMask(mask: number, ld: number, features: number, n: number, rate: number, base: number): void;
}
