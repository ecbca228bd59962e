// The contract between a program and whatever computes it.

import type { Program } from './program/program.ts';
import type { Tensors } from './program/tensor.ts';

/**
 * `cpu` is WebAssembly SIMD with the machine's BLAS, `cpu-portable` SIMD alone: the same bits on every processor;
 * `webgpu`, `webasm` and `js` are gpu.js's three modes; `reference` is the plain-loop definition.
 * The order is the order of preference of `auto`: a real GPU first, the definition last.
 */
export const engineNames = ['webgpu', 'cpu', 'cpu-portable', 'webasm', 'js', 'reference'] as const;
export type EngineName = (typeof engineNames)[number];

/** What really computes: shown by `rondo doctor`, in the log and in the run. */
export interface Device {
  /** A `software-gpu` is a GPU interface computed by a CPU; `auto` does not take it. */
  readonly kind: 'gpu' | 'software-gpu' | 'cpu';
  /** e.g. "SwiftShader driver 5.0.0" or "WebAssembly SIMD, one thread" */
  readonly description: string;
  /** Library and version, e.g. "gpu.js 2.24.1". */
  readonly library: string;
  /** What would make it faster here, e.g. a package to install. */
  readonly advice?: string | undefined;
}

/**
 * Turns programs into plans. Promises, which the conformance suite checks on every engine:
 * - Same program, same inputs, same engine and device: the same bits.
 * - Every operation agrees with the reference engine within the tolerance of single precision.
 * - What ran is what `device` and `Plan.executor` say; an engine that cannot run a program as promised throws.
 */
export interface Engine {
  readonly name: EngineName;
  readonly device: Device;
  /** @throws Error when the program does not fit this engine, saying which operation and why. */
  compile(program: Program): Promise<Plan>;
  dispose(): Promise<void>;
}

export interface Plan {
  readonly program: Program;
  /** How the engine runs it, e.g. gpu.js's "fused-encoder". */
  readonly executor: string;
  /**
   * @param inputs one array for every input port of the program, by name, of exactly its size.
   * @returns one array for every output port, by name; they belong to the caller.
   * @throws Error that names a missing or misshapen input.
   */
  run(inputs: Tensors): Promise<Tensors>;
  dispose(): void;
}
