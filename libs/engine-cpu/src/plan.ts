// A program as a list of steps over one arena: a WebAssembly memory that is laid out when the plan is made.

import {
  checkInputs,
  checkIntegers,
  integerBounds,
  type OutputRole,
  type Plan,
  type Port,
  type Program,
  type TensorData,
  type Tensors,
} from '@rondo/rnn-core';
import { arenaLimitBytes, type Blas, createMemory, instantiateKernels, scratchBytes } from '@rondo/simd';
import { lower, type Place } from './lower/index.ts';
import type { Machine, Stage, Step, Stopwatch } from './steps.ts';

/** The kernels' scratch: no tensor lies at 0, which stands for "none". */
const scratchAt = 64;

export interface PlanOptions {
  /** Computes the matrix products; undefined: the kernels' own product does. */
  readonly blas: Blas | undefined;
  /** Takes the time of every step. */
  readonly stopwatch: Stopwatch | undefined;
  /** What the arena may take. */
  readonly memoryBytes: number | undefined;
}

/**
 * @param released called once, when the plan is disposed.
 * @throws Error with the arena's size when it exceeds memoryBytes, 4 GiB or what the machine gives.
 */
export function createPlan(
  program: Program,
  { blas, stopwatch, memoryBytes }: PlanOptions,
  released: () => void,
): Plan {
  const { stages, inputs, bytes } = lower(program, scratchAt + scratchBytes);
  const bounds = integerBounds(program);
  let machine: Machine | undefined = openMachine(program, bytes, blas, memoryBytes);
  const schedule = stages.map((stage) => scheduled(stage, machine as Machine, stopwatch));
  const stepCount = stages.reduce((sum, { steps }) => sum + steps.length, 0);
  let first = true;
  return {
    program,
    executor: `${stepCount} steps over an arena of ${formatBytes(bytes)}`,
    async run(tensors, deliver) {
      if (machine === undefined) throw new Error(`${program.name}: the plan has been disposed`);
      checkInputs(program, tensors, first);
      checkIntegers(bounds, tensors);
      copyIn(machine, inputs, tensors);
      first = false;
      for (const { steps, results } of schedule) {
        for (const step of steps) step.run(machine);
        for (const { port, data } of results) deliver(port, data);
      }
    },
    dispose() {
      if (machine === undefined) return;
      machine = undefined;
      schedule.length = 0; // its views hold the memory
      released();
    },
  };
}

interface ScheduledStage {
  readonly steps: readonly Step[];
  /** Views of the arena. */
  readonly results: readonly { readonly port: Port<OutputRole>; readonly data: TensorData }[];
}

function scheduled(stage: Stage, { float32 }: Machine, stopwatch: Stopwatch | undefined): ScheduledStage {
  return {
    steps: stopwatch === undefined ? stage.steps : stage.steps.map((step) => timed(step, stopwatch)),
    results: stage.results.map(({ port, at, length }) => ({ port, data: float32.subarray(at / 4, at / 4 + length) })),
  };
}

function timed({ kind, run }: Step, stopwatch: Stopwatch): Step {
  return {
    kind,
    run(machine) {
      const start = stopwatch.nowMs();
      run(machine);
      stopwatch.add(kind, stopwatch.nowMs() - start);
    },
  };
}

function openMachine(
  program: Program,
  bytes: number,
  blas: Blas | undefined,
  memoryBytes = Number.POSITIVE_INFINITY,
): Machine {
  const what = `${program.name} needs ${formatBytes(bytes)} for its weights, activations and gradients`;
  const help = 'shorter sequences or smaller shards need less';
  if (bytes > arenaLimitBytes) throw new Error(`${what}, an arena holds ${formatBytes(arenaLimitBytes)}: ${help}`);
  if (bytes > memoryBytes) throw new Error(`${what}, it may use ${formatBytes(memoryBytes)}: ${help}`);
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

/** Inputs that are left out, weights alone, are still in their places. */
function copyIn({ float32, int32 }: Machine, places: readonly Place[], tensors: Tensors): void {
  for (const { name, at } of places) {
    const data = tensors[name];
    if (data instanceof Int32Array) int32.set(data, at / 4);
    else if (data !== undefined) float32.set(data, at / 4);
  }
}

function formatBytes(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024 ? `${mebibytes.toFixed(1)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}
