// A library is believed after it has multiplied right: every transpose, odd sizes, strides, sums onto c, nothing beside c.

import type { Blas } from './blas.ts';

/** `gap` is what each leading dimension has beyond its columns. */
const shapes = [
  { m: 1, n: 1, k: 1, gap: 0 },
  { m: 3, n: 5, k: 7, gap: 3 },
  { m: 17, n: 33, k: 65, gap: 16 },
  { m: 96, n: 40, k: 48, gap: 16 },
] as const;

const flags = [0, 1] as const;

/** @throws Error that says which product is wrong, and by how much. */
export function selfTest({ gemm }: Pick<Blas, 'gemm'>): void {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const product = gemm(memory);
  for (const shape of shapes) {
    for (const transA of flags) {
      for (const transB of flags) {
        for (const beta of flags) {
          const { m, n, k, gap } = shape;
          const lda = (transA ? m : k) + gap;
          const ldb = (transB ? k : n) + gap;
          const ldc = n + gap;
          const b = (transA ? k : m) * lda;
          const c = b + (transB ? n : k) * ldb;
          const values = new Float32Array(memory.buffer, 0, c + m * ldc);
          for (let i = 0; i < values.length; i++) values[i] = ((i * 37) % 101) / 50 - 1;
          const expected = naive(values, { ...shape, transA, transB, beta, lda, b, ldb, c, ldc });
          product(transA, transB, m, n, k, 0, lda, 4 * b, ldb, beta, 4 * c, ldc);
          const wrong = expected.findIndex((value, i) => !(Math.abs(values[i] - value) <= 1e-5 * k));
          if (wrong >= 0) {
            const what = `sgemm ${m} x ${n} x ${k}, transposes ${transA} ${transB}, beta ${beta}`;
            throw new Error(`fails the self-test: ${what}: ${values[wrong]} instead of ${expected[wrong]}`);
          }
        }
      }
    }
  }
}

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA: 0 | 1;
  readonly transB: 0 | 1;
  readonly beta: 0 | 1;
  readonly lda: number;
  readonly b: number;
  readonly ldb: number;
  readonly c: number;
  readonly ldc: number;
}

/** What the memory should hold after the product; a lies at its start, b and c are places of elements. */
function naive(values: Float32Array, { m, n, k, transA, transB, beta, lda, b, ldb, c, ldc }: Product): Float64Array {
  const after = Float64Array.from(values);
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      let sum = beta * values[c + row * ldc + column];
      for (let i = 0; i < k; i++) {
        const left = values[transA ? i * lda + row : row * lda + i];
        sum += left * values[b + (transB ? column * ldb + i : i * ldb + column)];
      }
      after[c + row * ldc + column] = sum;
    }
  }
  return after;
}
