// The three ways gpu.js runs a pipeline, and the executor that each must report.

export type GpuEngineName = 'webgpu' | 'webasm' | 'js';

export interface Mode {
  readonly gpuJs: 'webgpu' | 'webasm' | 'cpu';
  /** gpu.js's `executorKind` when it ran as asked; it has no other executor for plain JavaScript than the generic one. */
  readonly executor: 'fused-encoder' | 'fused-sync' | 'generic';
}

export const modes: Readonly<Record<GpuEngineName, Mode>> = {
  webgpu: { gpuJs: 'webgpu', executor: 'fused-encoder' },
  webasm: { gpuJs: 'webasm', executor: 'fused-sync' },
  js: { gpuJs: 'cpu', executor: 'generic' },
};
