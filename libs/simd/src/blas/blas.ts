// Matrix products by a BLAS library of this machine, called through koffi.

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
 * @param choice a library's path or file name, `none`, or undefined to search: OpenBLAS, MKL, BLIS, Accelerate.
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

const rowMajor = 101;
const asItIs = 111;
const transposed = 112;

function bind(library: LibraryHandle, memory: WebAssembly.Memory): Gemm {
  const parameters = ['int', 'int', 'int', 'int', 'int', 'int', 'float', 'intptr_t', 'int', 'intptr_t', 'int'];
  const sgemm = library.func('cblas_sgemm', 'void', [...parameters, 'float', 'intptr_t', 'int']);
  // Addresses lie below 2^48, so a number holds them: a call costs 0.2 µs, a view as the operand a half more.
  const base = Number(koffi.address(new Uint8Array(memory.buffer)));
  return (transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc) => {
    const [opA, opB] = [transA ? transposed : asItIs, transB ? transposed : asItIs];
    sgemm(rowMajor, opA, opB, m, n, k, 1, base + a, lda, base + b, ldb, beta, base + c, ldc);
  };
}

/** The file that the library's product comes from, by dladdr (POSIX); undefined where there is none. */
function pathOf(library: LibraryHandle): string | undefined {
  try {
    const place = koffi.alloc('char *', 4); // Dl_info: file, base, symbol, address
    const dladdr = koffi.load(null).func('int dladdr(void *, void *)');
    const found = dladdr(library.symbol('cblas_sgemm'), place) !== 0;
    const path: unknown = found ? koffi.decode(place, 'char *') : undefined;
    koffi.free(place);
    return typeof path === 'string' ? path : undefined;
  } catch {
    return undefined;
  }
}
