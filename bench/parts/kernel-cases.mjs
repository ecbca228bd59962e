// The kernels one by one, on data in one memory: the matrix products of a step by Rondo's own SIMD product and by the BLAS
// library, the gates of a time step, and what else runs over activations, gradients and weights.

import { createMemory, instantiateKernels, openBlas, scratchBytes } from '@rondo/simd';

const [time, batch] = [64, 32];
const columns = time * batch;
const ld = columns + 16;
const memory = createMemory(2 ** 28);
const kernels = instantiateKernels(memory, 1024);
const opened = openBlas(process.env.RONDO_BLAS);
const floats = new Float32Array(memory.buffer);
let top = 1024 + scratchBytes;

/** The library beside the own product, or why there is none. */
export const library = 'blas' in opened ? opened.blas.library : undefined;
/** @type {Record<string, import('@rondo/simd').Gemm>} */
const products = { SIMD: kernels.gemm, ...('blas' in opened && { BLAS: opened.blas.gemm(memory) }) };

/** A place for `size` floats in [-1, 1). @param {number} size */
function place(size) {
  const at = top;
  top = Math.ceil((top + 4 * size) / 64) * 64;
  for (let i = at / 4; i < at / 4 + size; i++) floats[i] = Math.sin(i * 12.9898);
  return at;
}

/** `amount` operations or elements a run; `before` is not timed.
 * @typedef {{ what: string, by: string, unit: 'GFLOP/s' | 'ns/element', amount: number, run: () => void,
 *   before?: () => void }} Case */

/**
 * One product by each of the means that are here.
 * @param {string} what @param {0 | 1} transA @param {0 | 1} transB @param {number} m @param {number} n @param {number} k
 * @param {0 | 1} [beta]
 * @returns {Case[]}
 */
function product(what, transA, transB, m, n, k, beta = 0) {
  const lda = transA ? m : k;
  // What has time and batch as its columns lies `ld` apart.
  const [ldb, ldc] = [transB || n <= columns ? ld : n, n === columns || n === batch ? ld : n];
  const [a, b, c] = [place((transA ? k : m) * lda), place((transB ? n : k) * ldb), place(m * ldc)];
  const repeat = Math.max(1, Math.round(4e7 / (m * n * k)));
  return Object.entries(products).map(([by, gemm]) => ({
    what: `${what}: ${m} x ${n} x ${k}`,
    by,
    unit: 'GFLOP/s',
    amount: 2 * m * n * k * repeat,
    // Added onto c, repetitions would grow without end.
    ...(beta === 1 && { before: () => floats.fill(0, c / 4, c / 4 + m * ldc) }),
    run() {
      for (let i = 0; i < repeat; i++) gemm(transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc);
    },
  }));
}

/** Repeated, so that what lies in the cache afterwards was there before. @param {string} what @param {number} elements
 * @param {() => void} once @returns {Case} */
function elementwise(what, elements, once) {
  const repeat = Math.ceil(2e5 / elements);
  const run = () => {
    for (let i = 0; i < repeat; i++) once();
  };
  return { what, by: 'SIMD', unit: 'ns/element', amount: elements * repeat, run };
}

/** @param {number} hidden @returns {Case[]} */
function cells(hidden) {
  const [gates, q, bias] = [place(4 * hidden * ld), place(3 * hidden * ld), place(4 * hidden)];
  const [c0, h0, c, tanhC, h, dy] = Array.from({ length: 6 }, () => place(hidden * ld));
  const [dh, dc] = [place(hidden * (batch + 16)), place(hidden * (batch + 16))];
  const size = hidden * columns;
  /** As many steps as a sequence has, of two, so that they are in the cache as they are behind their product.
   * @param {(at: number) => void} run */
  const steps = (run) => () => {
    for (let t = 0; t < time; t++) run(4 * (t % 2) * batch);
  };
  const lstm = /** @param {number} at */ (at) =>
    kernels.lstmForward(
      ...[hidden, batch, gates + at, ld, bias, c0 + at, ld, h0 + at, ld, c + at, ld, tanhC + at, ld, h + at, ld, 0, 0],
    );
  const lstmBack = /** @param {number} at */ (at) =>
    kernels.lstmBackward(
      ...[
        hidden,
        batch,
        gates + at,
        ld,
        c0 + at,
        ld,
        tanhC + at,
        ld,
        dy + at,
        ld,
        dh,
        batch + 16,
        dc,
        batch + 16,
        0,
        0,
      ],
    );
  const gru = /** @param {number} at */ (at) =>
    kernels.gruAfterForward(...[hidden, batch, gates + at, ld, q + at, ld, bias, bias, h0 + at, ld, h + at, ld, 0, 0]);
  return [
    elementwise(`LSTM gates and cell, ${hidden}, forward`, size, steps(lstm)),
    {
      what: `LSTM gates and cell, ${hidden}, backward`,
      by: 'SIMD',
      unit: 'ns/element',
      amount: 2 * hidden * batch,
      // Repeated, the derivatives would die away.
      before() {
        kernels.fill(dc, batch + 16, hidden, batch, 0.5);
        kernels.fill(gates, ld, 4 * hidden, 2 * batch, 0.5);
      },
      run() {
        lstmBack(0);
        lstmBack(4 * batch);
      },
    },
    elementwise(`GRU gates, ${hidden}, forward`, size, steps(gru)),
  ];
}

const functions = /** @type {const} */ (['exp', 'log', 'tanh', 'sigmoid']);

/** @returns {Case[]} */
function others() {
  const n = 1 << 14;
  const [x, y, halves, otherHalves] = [place(n), place(n), place(n / 2), place(n / 2)];
  const [vocabulary, targets, lse, sums] = [105, place(columns), place(columns), place(16)];
  new Int32Array(memory.buffer).fill(5, targets / 4, targets / 4 + columns);
  const [logits, dLogits] = [place(vocabulary * ld), place(vocabulary * ld)];
  const shared = /** @type {const} */ ([logits, ld, vocabulary, columns, targets, lse]);
  return [
    ...functions.map((name) => elementwise(name, n, () => kernels[name](n, x, y))),
    elementwise('cross-entropy', vocabulary * columns, () => kernels.crossEntropy(...shared, sums)),
    elementwise('its gradient', vocabulary * columns, () => kernels.crossEntropyGradient(...shared, 1, dLogits, ld)),
    elementwise('transposition', vocabulary * columns, () =>
      kernels.transpose(logits, ld, vocabulary, columns, dLogits, vocabulary),
    ),
    elementwise('adding gradients', n, () => kernels.addInto(n, x, y)),
    elementwise('adding float16 gradients', n, () => kernels.addFloat16Into(n, halves, otherHalves)),
    elementwise('adding bfloat16 gradients', n, () => kernels.addBfloat16Into(n, halves, otherHalves)),
    elementwise('rounding to float16', n, () => kernels.toFloat16(n, 1, x, halves)),
    elementwise('Adam', n, () => kernels.adam(n, y, y, x, 1e-3, logits, dLogits, 0.9, 0.999, 1e-8, 1e-3, 0, 1)),
  ];
}

/** A new place for every operand. @returns {Case[]} */
export const createCases = () => [
  ...[128, 256, 512].flatMap((hidden) => [
    ...product('W x, all steps', 0, 0, 4 * hidden, columns, hidden),
    ...product('W h, one step', 0, 0, 4 * hidden, batch, hidden, 1),
    ...product('Wᵀ dg, one step', 1, 0, hidden, batch, 4 * hidden),
    ...product('dg xᵀ, all steps', 0, 1, 4 * hidden, hidden, columns),
    ...product('Wᵀ dg, all steps', 1, 0, hidden, columns, 4 * hidden),
  ]),
  ...cells(256),
  ...others(),
];
