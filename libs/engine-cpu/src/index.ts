// The engines of the CPU: WebAssembly SIMD with a BLAS library's products, or alone.

export { type CpuEngineName, type CpuEngineOptions, createCpuEngine } from './engine.ts';
export type { StepKind, Stopwatch } from './steps.ts';
