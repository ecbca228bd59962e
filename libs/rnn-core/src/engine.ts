// The contract between a program and whatever computes it.

import type { OutputRole, Port, Program } from './program/program.ts';
import type { TensorData, Tensors } from './program/tensor.ts';

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
  /** e.g. "SwiftShader driver 5.0.0" or "WebAssembly SIMD" */
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
 * - A run delivers every output once, and keeps the weights that it was given for the runs after it.
 * - What ran is what `device` and `Plan.executor` say; an engine that cannot run a program as promised throws.
 */
export interface Engine {
  readonly name: EngineName;
  readonly device: Device;
  /** @throws Error when the program does not fit this engine, saying which operation and why. */
  compile(program: Program): Promise<Plan>;
  dispose(): Promise<void>;
}

/** @param data the plan's own, whole, and good only until the call returns. */
export type Deliver = (port: Port<OutputRole>, data: TensorData) => void;

export interface Plan {
  readonly program: Program;
  /** How the engine runs it, e.g. gpu.js's "fused-encoder". */
  readonly executor: string;
  /**
   * One run at a time.
   * @param inputs one array for every input port of the program, by name, of exactly its size. A weight that is left out
   *   keeps its value of the run before.
   * @param deliver gets every output port once, as soon as it is final: an engine that computes step by step delivers
   *   gradients while the rest of the backward pass goes on.
   * @throws Error that names a missing or misshapen input, a weight left out of the first run included; or what deliver throws.
   */
  run(inputs: Tensors, deliver: Deliver): Promise<void>;
  dispose(): void;
}

/**
 * Runs a plan.
 * @returns a copy of every output, by name.
 */
export async function collectOutputs(plan: Plan, inputs: Tensors): Promise<Tensors> {
  const outputs: Record<string, TensorData> = {};
  await plan.run(inputs, ({ name }, data) => {
    outputs[name] = data.slice();
  });
  return outputs;
}
