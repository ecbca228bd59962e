// The BLAS binding on the library of this machine, and what is refused.

import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { type Blas, type Gemm, openBlas } from './blas.ts';
import { forcedVariables, releaseBlas } from './environment.ts';
import { selfTest } from './self-test.ts';

/** A product in plain loops without transposes, strides or sums onto c where `careless`. */
function loops(careless: boolean): Pick<Blas, 'gemm'> {
  const gemm =
    (memory: WebAssembly.Memory): Gemm =>
    (transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc) => {
      const values = new Float32Array(memory.buffer);
      for (let row = 0; row < m; row++) {
        for (let column = 0; column < n; column++) {
          let sum = careless ? 0 : beta * values[c / 4 + row * ldc + column];
          for (let i = 0; i < k; i++) {
            const left = values[a / 4 + (transA ? i * lda + row : row * lda + i)];
            sum += left * values[b / 4 + (transB ? column * ldb + i : i * ldb + column)];
          }
          values[c / 4 + row * ldc + column] = sum;
        }
      }
    };
  return { gemm };
}

describe('the self-test', () => {
  test('passes a right product', () => selfTest(loops(false)));
  test('refuses one that forgets beta', () => {
    expect(() => selfTest(loops(true))).toThrow(
      /fails the self-test: sgemm 1 x 1 x 1, transposes 0 0, beta 1: .* instead of/,
    );
  });
});

describe('what is refused', () => {
  test('none', () => {
    expect(openBlas('none')).toEqual({ refused: ['none is wanted'] });
  });
  test('a file that is not there', () => {
    expect(openBlas('/nowhere/libblas.so')).toEqual({ refused: [expect.stringMatching(/^\/nowhere\/libblas\.so: /)] });
  });
  test.runIf(process.platform === 'linux')('a library without products', () => {
    expect(openBlas('libm.so.6')).toEqual({
      refused: [expect.stringMatching(/^libm\.so\.6: has neither cblas_sgemm nor dnnl_sgemm$/)],
    });
  });
});

test('forced variables are dropped, and every library is told to keep to one thread', () => {
  const environment = { OPENBLAS_CORETYPE: 'Haswell', MKL_CBWR: 'SSE2', OMP_NUM_THREADS: '8', HOME: '/root' };
  const forced = { OPENBLAS_CORETYPE: 'Haswell', MKL_CBWR: 'SSE2' };
  expect(forcedVariables(environment)).toEqual(forced);
  expect(releaseBlas(environment)).toEqual(forced);
  expect(environment).toMatchObject({ OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', HOME: '/root' });
  expect(forcedVariables(environment)).toEqual({});
});

const opened = openBlas(process.env.RONDO_BLAS);
const absence = 'blas' in opened || process.env.RONDO_REQUIRE_BLAS === '1' ? undefined : opened.refused.join('; ');
if (absence !== undefined) console.warn(`no BLAS is tested: ${absence}`);
describe.skipIf(absence !== undefined)(`the library of this machine${absence ? ` (skipped: ${absence})` : ''}`, () => {
  const found = () => {
    if ('refused' in opened) throw new Error(`no BLAS: ${opened.refused.join('; ')}`);
    return opened.blas;
  };

  test('says what it is and where it lies', () => {
    const { library, path } = found();
    expect(library).toMatch(/^\w+( \d+\.\d+\S*)?$/);
    expect(path).toMatch(/dnnl|blas|mkl|blis|Accelerate/i);
  });

  test('multiplies in a shared memory, at any offset', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const values = new Float32Array(memory.buffer);
    values.set([1, 2, 3, 4], 1);
    values.set([5, 6, 7, 8], 5);
    found().gemm(memory)(0, 0, 2, 2, 2, 4, 2, 20, 2, 0, 36, 2);
    expect([...values.subarray(9, 13)]).toEqual([19, 22, 43, 50]);
  });

  test.runIf(process.arch === 'x64')(
    'a variable dropped in the main thread is unheard by a thread that loads the library',
    () => {
      const { library, path } = found();
      if (!library.startsWith('OpenBLAS')) return;
      const load = `console.log(require(${JSON.stringify(createRequire(import.meta.url).resolve('koffi'))})
      .load(${JSON.stringify(path)}).func('const char *openblas_get_corename()')())`;
      const kernels = (first: string) =>
        execFileSync(
          process.execPath,
          ['-e', `${first}; new (require('node:worker_threads').Worker)(${JSON.stringify(load)}, { eval: true })`],
          { env: { ...process.env, OPENBLAS_CORETYPE: 'Prescott' }, encoding: 'utf8' },
        ).trim();
      expect(kernels('')).toBe('Prescott');
      expect(kernels('delete process.env.OPENBLAS_CORETYPE')).not.toBe('Prescott');
    },
  );
});
