// Run as a process of its own: how fast the BLAS library that this environment leads to multiplies, as a line of JSON.

import { type Blas, createMemory, openBlas } from '@rondo/simd';

export interface ProductSpeed {
  /** With version and kernels. */
  readonly library: string;
  readonly gflops: number;
}

const opened = openBlas(process.env.RONDO_BLAS);
if ('blas' in opened) {
  const { blas } = opened;
  const library = [blas.library, blas.kernels].filter((part) => part !== undefined).join(' ');
  console.log(JSON.stringify({ library, gflops: speed(blas, 200) } satisfies ProductSpeed));
}

/** GFLOP/s of a product of two matrices 512 x 512, the fastest within the time. */
function speed({ gemm }: Blas, milliseconds: number): number {
  const size = 512;
  const bytes = 4 * size * size;
  const product = gemm(createMemory(3 * bytes));
  const end = performance.now() + milliseconds;
  let fastestMs = Number.POSITIVE_INFINITY;
  for (let start = performance.now(); start < end; ) {
    product(0, 0, size, size, size, 0, size, bytes, size, 0, 2 * bytes, size);
    const after = performance.now();
    fastestMs = Math.min(fastestMs, after - start);
    start = after;
  }
  return (2 * size ** 3) / fastestMs / 1e6;
}
