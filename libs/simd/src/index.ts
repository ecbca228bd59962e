// WebAssembly SIMD kernels and the BLAS binding: what engines and the coordinator's sums and steps compute with.

export { instantiateKernels, type Kernels, scratchBytes } from './kernels.ts';
