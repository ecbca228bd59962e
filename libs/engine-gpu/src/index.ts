// The engine that lowers programs to gpu.js kernels: WebGPU, WebAssembly, plain JavaScript.

export { createGpuEngine } from './engine.ts';
export type { GpuEngineName } from './mode.ts';
