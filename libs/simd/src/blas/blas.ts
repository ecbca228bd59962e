// Matrix products by a library of this machine, by CBLAS's interface or oneDNN's, called through koffi.

import koffi, { type LibraryHandle } from 'koffi';
import type { Kernels } from '../kernels.ts';
import { describeLibrary, type LibraryReport, libraryFiles, settle } from './libraries.ts';
import { selfTest } from './self-test.ts';

/** The kernels' product by other means. */
export type Gemm = Kernels['gemm'];

/** A library that passed the self-test. */
export interface Blas extends LibraryReport {
  /** The file that the loader found. */
  readonly path: string;
  /** The product over a memory, which stays the same while it is used. One thread computes. */
  gemm(memory: WebAssembly.Memory): Gemm;
}

export type OpenedBlas = { readonly blas: Blas } | { readonly refused: readonly string[] };

/**
 * Opens the machine's BLAS.
 * @param choice a library's path or file name, `none`, or undefined to search: oneDNN, OpenBLAS, MKL, BLIS, Accelerate.
 * @returns the first library that is there and computes right, or why each was refused.
 */
export function openBlas(choice: string | undefined): OpenedBlas {
  if (choice === 'none') return { refused: ['none is wanted'] };
  const refused: string[] = [];
  for (const file of choice === undefined ? libraryFiles : [choice]) {
    try {
      const library = koffi.load(file);
      settle(library);
      const blas: Blas = {
        ...describeLibrary(library, file),
        path: pathOf(library) ?? file,
        gemm: (memory) => bind(library, memory),
      };
      selfTest(blas);
      return { blas };
    } catch (error) {
      refused.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { refused };
}

const interfaces = ['cblas_sgemm', 'dnnl_sgemm'] as const;

/** Which of the two the library has. */
function interfaceOf(library: LibraryHandle): (typeof interfaces)[number] {
  const found = interfaces.find((name) => has(library, name));
  if (found === undefined) throw new Error(`has neither ${interfaces.join(' nor ')}`);
  return found;
}

function has(library: LibraryHandle, name: string): boolean {
  try {
    library.symbol(name);
    return true;
  } catch {
    return false;
  }
}

function bind(library: LibraryHandle, memory: WebAssembly.Memory): Gemm {
  // Addresses lie below 2^48, so a number holds them: a call costs 0.2 µs, a view as the operand a half more.
  const base = Number(koffi.address(new Uint8Array(memory.buffer)));
  return interfaceOf(library) === 'cblas_sgemm' ? bindCblas(library, base) : bindOneDnn(library, base);
}

function bindCblas(library: LibraryHandle, base: number): Gemm {
  const parameters = ['int', 'int', 'int', 'int', 'int', 'int', 'float', 'intptr_t', 'int', 'intptr_t', 'int'];
  const sgemm = library.func('cblas_sgemm', 'void', [...parameters, 'float', 'intptr_t', 'int']);
  const [rowMajor, asItIs, transposed] = [101, 111, 112];
  return (transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc) => {
    const [opA, opB] = [transA ? transposed : asItIs, transB ? transposed : asItIs];
    sgemm(rowMajor, opA, opB, m, n, k, 1, base + a, lda, base + b, ldb, beta, base + c, ldc);
  };
}

function bindOneDnn(library: LibraryHandle, base: number): Gemm {
  const size = 'int64_t';
  const parameters = ['char', 'char', size, size, size, 'float', 'intptr_t', size, 'intptr_t', size];
  const sgemm = library.func('dnnl_sgemm', 'int', [...parameters, 'float', 'intptr_t', size]);
  const [asItIs, transposed] = ['N'.charCodeAt(0), 'T'.charCodeAt(0)];
  return (transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc) => {
    const [opA, opB] = [transA ? transposed : asItIs, transB ? transposed : asItIs];
    const status: number = sgemm(opA, opB, m, n, k, 1, base + a, lda, base + b, ldb, beta, base + c, ldc);
    if (status !== 0) throw new Error(`dnnl_sgemm ${m} x ${n} x ${k} failed with status ${status}`);
  };
}

/** The file that the library's product comes from, by dladdr (POSIX); undefined where there is none. */
function pathOf(library: LibraryHandle): string | undefined {
  try {
    const place = koffi.alloc('char *', 4); // Dl_info: file, base, symbol, address
    const dladdr = koffi.load(null).func('int dladdr(void *, void *)');
    const found = dladdr(library.symbol(interfaceOf(library)), place) !== 0;
    const path: unknown = found ? koffi.decode(place, 'char *') : undefined;
    koffi.free(place);
    return typeof path === 'string' ? path : undefined;
  } catch {
    return undefined;
  }
}
