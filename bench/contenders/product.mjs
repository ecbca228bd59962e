// The machine's sgemm peak: the fastest of some large products through Rondo's BLAS binding, one thread.

import { createMemory, openBlas } from '@rondo/simd';
import { median } from '../harness/statistics.mjs';
import { serve } from './serve.mjs';

/** M, N, K; the first is the one that an LSTM's layer of 512 multiplies. */
const sizes = [
  [2048, 2048, 512],
  [2048, 1024, 256],
  [1024, 1024, 1024],
  [2048, 2048, 2048],
];
const opened = openBlas(process.env.RONDO_BLAS);
if ('refused' in opened) throw new Error(`no BLAS library: ${opened.refused.join('; ')}`);
const { blas } = opened;
const most = 4 * 2048 * 2048;
const memory = createMemory(3 * most);
new Float32Array(memory.buffer).fill(0.5);
const gemm = blas.gemm(memory);

const candidates = sizes.map(([m, n, k]) => {
  const run = () => gemm(0, 0, m, n, k, 0, k, most, n, 0, 2 * most, n);
  const times = Array.from({ length: 6 }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  const operations = 2 * m * n * k;
  return { size: [m, n, k].join(' x '), operations, run, rate: operations / median(times.slice(1)) };
});
const { size, operations, run } = candidates.reduce((best, one) => (one.rate > best.rate ? one : best));
await serve({ library: blas.library, kernels: blas.kernels, path: blas.path, size, operations }, run);
