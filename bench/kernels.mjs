// The SIMD kernels alone, on one core: GFLOP/s of the matrix products of an LSTM by layout, nanoseconds an element of the
// rest. Medians over rounds in which all of them take their turn: node bench/kernels.mjs [--json]

import { cpus } from 'node:os';
import { instantiateKernels, scratchBytes } from '@rondo/simd';

const rounds = 25;
const [time, batch] = [64, 32];
const columns = time * batch;
const ld = columns + 16;
const pages = 4096;
const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
const kernels = instantiateKernels(memory, 1024);
const floats = new Float32Array(memory.buffer);
let top = 1024 + scratchBytes;

/** A place for `size` floats in [-1, 1). @param {number} size */
function place(size) {
  const at = top;
  top = Math.ceil((top + 4 * size) / 64) * 64;
  for (let i = at / 4; i < at / 4 + size; i++) floats[i] = Math.sin(i * 12.9898);
  return at;
}

/** A rate or a time, from `amount` a run; `before` is not timed.
 * @typedef {{ name: string, unit: string, amount: number, run: () => void, before?: () => void }} Case */

/**
 * @param {string} what @param {0 | 1} transA @param {0 | 1} transB @param {number} m @param {number} n @param {number} k
 * @returns {Case}
 */
function product(what, transA, transB, m, n, k) {
  const lda = transA ? m : k;
  // What has time and batch as its columns lies `ld` apart.
  const [ldb, ldc] = [transB || n <= columns ? ld : n, n === columns || n === batch ? ld : n];
  const [a, b, c] = [place((transA ? k : m) * lda), place((transB ? n : k) * ldb), place(m * ldc)];
  const repeat = Math.max(1, Math.round(4e7 / (m * n * k)));
  return {
    name: `${what}: ${m} x ${n} x ${k}`,
    unit: 'GFLOP/s',
    amount: 2 * m * n * k * repeat,
    run() {
      for (let i = 0; i < repeat; i++) kernels.gemm(transA, transB, m, n, k, a, lda, b, ldb, 0, c, ldc);
    },
  };
}

/** Repeated, so that what lies in the cache afterwards was there before. @param {string} name @param {number} elements
 * @param {() => void} once @returns {Case} */
function elementwise(name, elements, once) {
  const repeat = Math.ceil(2e5 / elements);
  const run = () => {
    for (let i = 0; i < repeat; i++) once();
  };
  return { name, unit: 'ns/element', amount: elements * repeat, run };
}

/** @param {number} hidden */
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
      name: `LSTM gates and cell, ${hidden}, backward`,
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

/** @returns {Case[]} */
function others() {
  const n = 1 << 14;
  const [x, y, halves, otherHalves] = [place(n), place(n), place(n / 2), place(n / 2)];
  const [vocabulary, targets, lse, sums] = [105, place(columns), place(columns), place(16)];
  new Int32Array(memory.buffer).fill(5, targets / 4, targets / 4 + columns);
  const [logits, dLogits] = [place(vocabulary * ld), place(vocabulary * ld)];
  const shared = /** @type {const} */ ([logits, ld, vocabulary, columns, targets, lse]);
  return [
    ...['exp', 'log', 'tanh', 'sigmoid'].map((name) => elementwise(name, n, () => kernels[name](n, x, y))),
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

const cases = [
  ...[128, 256, 512].flatMap((hidden) => [
    product('input, all steps', 0, 0, 4 * hidden, columns, hidden),
    product('recurrent, one step', 0, 0, 4 * hidden, batch, hidden),
    product('state gradient, one step', 1, 0, hidden, batch, 4 * hidden),
    product('weight gradient', 0, 1, 4 * hidden, hidden, columns),
  ]),
  ...cells(256),
  ...others(),
];
const times = cases.map(() => /** @type {number[]} */ ([]));
// Long enough for the optimizing compiler.
for (const { run, before } of cases) {
  for (const end = performance.now() + 150; performance.now() < end; ) {
    before?.();
    run();
  }
}
for (let round = 0; round < rounds; round++) {
  cases.forEach(({ run, before }, index) => {
    before?.();
    const start = performance.now();
    run();
    times[index].push(performance.now() - start);
  });
}
const results = cases.map(({ name, unit, amount }, index) => {
  const median = times[index].sort((a, b) => a - b)[rounds >> 1];
  return { name, unit, median: unit === 'GFLOP/s' ? amount / median / 1e6 : (median * 1e6) / amount };
});
const processor = cpus()[0].model;
if (process.argv.includes('--json')) console.log(JSON.stringify({ processor, results }, undefined, 2));
else {
  console.log(`${processor}, one core; T x B = ${time} x ${batch}; medians of ${rounds}`);
  for (const { name, unit, median } of results)
    console.log(`${name.padEnd(48)}${median.toFixed(2).padStart(8)} ${unit}`);
}
