// A program as a list of steps over one arena: a WebAssembly memory that is laid out when the plan is made.

import {
  checkInputs,
  checkIntegers,
  integerBounds,
  type Plan,
  type Program,
  type TensorData,
  type Tensors,
} from '@rondo/rnn-core';
import { type Blas, createMemory, instantiateKernels, memoryLimitBytes, scratchBytes } from '@rondo/simd';
import { lower, type Place } from './lower/index.ts';
import type { Machine, Step, Stopwatch } from './steps.ts';

/** The kernels' scratch: no tensor lies at 0, which stands for "none". */
const scratchAt = 64;

/**
 * @param blas computes the matrix products; undefined: the kernels' own product does.
 * @param stopwatch takes the time of every step.
 * @param released called once, when the plan is disposed.
 * @throws Error with the arena's size when it exceeds 4 GiB or what the machine gives.
 */
export function createPlan(
  program: Program,
  { blas, stopwatch }: { readonly blas: Blas | undefined; readonly stopwatch: Stopwatch | undefined },
  released: () => void,
): Plan {
  const { steps, inputs, outputs, bytes } = lower(program, scratchAt + scratchBytes);
  const bounds = integerBounds(program);
  let machine: Machine | undefined = openMachine(program, bytes, blas);
  return {
    program,
    executor: `${steps.length} steps over an arena of ${formatBytes(bytes)}`,
    async run(tensors) {
      if (machine === undefined) throw new Error(`${program.name}: the plan has been disposed`);
      checkInputs(program, tensors);
      checkIntegers(bounds, tensors);
      copyIn(machine, inputs, tensors);
      if (stopwatch === undefined) for (const step of steps) step.run(machine);
      else runTimed(steps, machine, stopwatch);
      return copyOut(machine, outputs);
    },
    dispose() {
      if (machine === undefined) return;
      machine = undefined;
      released();
    },
  };
}

function runTimed(steps: readonly Step[], machine: Machine, stopwatch: Stopwatch): void {
  let before = stopwatch.nowMs();
  for (const step of steps) {
    step.run(machine);
    const after = stopwatch.nowMs();
    stopwatch.add(step.kind, after - before);
    before = after;
  }
}

function openMachine(program: Program, bytes: number, blas: Blas | undefined): Machine {
  const what = `${program.name} needs ${formatBytes(bytes)} for its weights, activations and gradients`;
  const help = 'shorter sequences or smaller shards need less';
  if (bytes > memoryLimitBytes) throw new Error(`${what}, an arena holds ${formatBytes(memoryLimitBytes)}: ${help}`);
  let memory: WebAssembly.Memory;
  try {
    memory = createMemory(bytes);
  } catch (error) {
    throw new Error(`${what}, which this machine does not give (${(error as Error).message}): ${help}`);
  }
  const kernels = instantiateKernels(memory, scratchAt);
  return {
    kernels,
    gemm: blas?.gemm(memory) ?? kernels.gemm,
    float32: new Float32Array(memory.buffer),
    int32: new Int32Array(memory.buffer),
    float64: new Float64Array(memory.buffer),
  };
}

function copyIn({ float32, int32 }: Machine, places: readonly Place[], tensors: Tensors): void {
  for (const { name, at } of places) {
    const data = tensors[name];
    if (data instanceof Int32Array) int32.set(data, at / 4);
    else float32.set(data, at / 4);
  }
}

function copyOut({ float32 }: Machine, places: readonly Place[]): Tensors {
  const outputs: Record<string, TensorData> = {};
  for (const { name, at, length } of places)
    outputs[name] = new Float32Array(float32.subarray(at / 4, at / 4 + length));
  return outputs;
}

function formatBytes(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024 ? `${mebibytes.toFixed(1)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}
