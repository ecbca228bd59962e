// WebAssembly SIMD kernels and the BLAS binding: what engines and the coordinator's sums and steps compute with.

export { type Blas, type Gemm, openBlas } from './blas/blas.ts';
export { forcedVariables, releaseBlas } from './blas/environment.ts';
export { instantiateKernels, instantiateUpdateKernels, type Kernels, scratchBytes } from './kernels.ts';
export { arenaLimitBytes, createMemory, growMemory } from './memory.ts';
export type { UpdateKernels } from './update-kernels.ts';
