// What an environment forces on BLAS libraries, and what it should say. Libraries read these variables when they are
// loaded, from the process itself: writing them in a worker thread's copy of `process.env` does not reach them.

/** Variables that take the choice of kernels or of cache sizes away from the library. */
const forcing = [
  'OPENBLAS_CORETYPE',
  'OPENBLAS_L2_SIZE',
  'OPENBLAS_BLOCK_FACTOR',
  'MKL_ENABLE_INSTRUCTIONS',
  'MKL_DEBUG_CPU_TYPE',
  'MKL_CBWR',
  'BLIS_ARCH_TYPE',
  'DNNL_MAX_CPU_ISA',
  'ONEDNN_MAX_CPU_ISA',
] as const;

/** One BLAS thread a compute thread: the pools that libraries start by themselves only fight with each other. */
const oneThread = [
  'OPENBLAS_NUM_THREADS',
  'OMP_NUM_THREADS',
  'MKL_NUM_THREADS',
  'BLIS_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
] as const;

type Environment = Record<string, string | undefined>;

/** The variables in `environment` that force kernels or cache sizes. */
export function forcedVariables(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    forcing.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/**
 * Leaves the choice of kernels to the library and keeps it to one thread. For the main thread of a process that computes,
 * before it starts threads.
 * @param environment `process.env`: changed in place.
 * @returns what was dropped, for the log.
 */
export function releaseBlas(environment: Environment): Record<string, string> {
  const forced = forcedVariables(environment);
  for (const name of Object.keys(forced)) delete environment[name];
  for (const name of oneThread) environment[name] = '1';
  return forced;
}
