// The libraries that multiply: their files, how each says what it is, and how it is kept to the calling thread.

import koffi, { type LibraryHandle } from 'koffi';

/**
 * oneDNN first where it generates its kernels: it multiplies by a batch of 32 columns, a recurrent layer's time step,
 * without packing the weights anew each time, 1.3 to 1.4 times as fast as OpenBLAS 0.3.21.
 */
const oneDnn = process.arch === 'x64' ? ['libdnnl.so.3', 'libdnnl.so.2'] : [];

/** Files for the dynamic loader, in order of preference: oneDNN, OpenBLAS, MKL, BLIS, Accelerate. */
export const libraryFiles: readonly string[] = {
  darwin: [
    'libopenblas.0.dylib',
    '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
    '/usr/local/opt/openblas/lib/libopenblas.dylib',
    'libmkl_rt.2.dylib',
    'libblis.4.dylib',
    '/System/Library/Frameworks/Accelerate.framework/Accelerate',
  ],
  win32: ['libopenblas.dll', 'mkl_rt.2.dll', 'libblis.dll'],
  linux: [
    ...oneDnn,
    'libopenblas.so.0',
    'libopenblas.so',
    'libmkl_rt.so.2',
    'libmkl_rt.so',
    'libblis.so.4',
    'libblis.so.3',
    'libblis.so',
  ],
}[process.platform as 'darwin' | 'win32' | 'linux'] ?? ['libopenblas.so'];

/** What a library says of itself. */
export interface LibraryReport {
  /** Name and version, e.g. "OpenBLAS 0.3.21". */
  readonly library: string;
  /** The kernels it runs on this processor, e.g. "SkylakeX"; undefined where it does not tell. */
  readonly kernels: string | undefined;
}

/** Keeps the library to the calling thread and makes its bits independent of where operands lie. */
export function settle(library: LibraryHandle): void {
  ask(library, 'void openblas_set_num_threads(int)', 1);
  ask(library, 'int MKL_Set_Threading_Layer(int)', 1); // sequential
  ask(library, 'void MKL_Set_Num_Threads(int)', 1);
  ask(library, 'int MKL_CBWR_Set(int)', 2); // conditional numerical reproducibility, its own choice of kernels
  ask(library, 'void bli_thread_set_num_threads(int64_t)', 1);
  ask(library, 'int BLASSetThreading(int)', 1); // Accelerate: single-threaded
  ask(library, 'void omp_set_num_threads(int)', 1); // what oneDNN, and some builds of the others, start threads with
}

/** @param file what it was loaded as: its name where it says nothing itself. */
export function describeLibrary(library: LibraryHandle, file: string): LibraryReport {
  // e.g. "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY SkylakeX MAX_THREADS=64"
  const openBlas = ask(library, 'const char *openblas_get_config()');
  if (typeof openBlas === 'string') {
    const kernels = ask(library, 'const char *openblas_get_corename()');
    const name = /^OpenBLAS \S+/.exec(openBlas)?.[0] ?? 'OpenBLAS';
    return { library: name, kernels: typeof kernels === 'string' ? kernels : undefined };
  }
  // e.g. "Intel(R) oneAPI Math Kernel Library Version 2023.1-Product Build 20230303 for Intel(R) 64 architecture applications"
  const text = Buffer.alloc(200);
  ask(library, 'void MKL_Get_Version_String(uint8_t *, int)', text, text.length);
  const mkl = /Version (\S+)/.exec(text.toString('latin1'));
  if (mkl !== null) return { library: `MKL ${mkl[1]}`, kernels: undefined };
  const oneDnnVersion = versionOfOneDnn(library);
  if (oneDnnVersion !== undefined) {
    const isa = ask(library, 'int dnnl_get_effective_cpu_isa()');
    return {
      library: `oneDNN ${oneDnnVersion}`,
      kernels: typeof isa === 'number' ? `isa ${isa.toString(16)}` : undefined,
    };
  }
  const blis = ask(library, 'const char *bli_info_get_version_str()');
  if (typeof blis === 'string') return { library: `BLIS ${blis}`, kernels: undefined };
  return { library: file.split(/[/\\]/).at(-1) as string, kernels: undefined };
}

const dnnlVersion = koffi.struct({ major: 'int', minor: 'int', patch: 'int' });

function versionOfOneDnn(library: LibraryHandle): string | undefined {
  const version = ask(library, 'void *dnnl_version()');
  if (typeof version !== 'bigint') return undefined;
  const { major, minor, patch } = koffi.decode(version, dnnlVersion) as Record<string, number>;
  return `${major}.${minor}.${patch}`;
}

/** Calls a C function where the library has it. */
function ask(library: LibraryHandle, signature: string, ...values: (number | Buffer)[]): unknown {
  let call: ReturnType<LibraryHandle['func']>;
  try {
    call = library.func(signature);
  } catch {
    return undefined;
  }
  return call(...values);
}
