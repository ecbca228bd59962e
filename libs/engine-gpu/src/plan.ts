// A program as one gpu.js pipeline.

import {
  checkInputs,
  checkIntegers,
  elements,
  integerBounds,
  keepWeights,
  type Plan,
  type Program,
  portType,
} from '@rondo/rnn-core';
import gpujs from 'gpu.js';
import { pipelineArguments } from './arguments.ts';
import { createEmit, type Handle } from './emit.ts';
import { lower } from './lowering.ts';
import type { Mode } from './mode.ts';

export interface GpuPlan extends Plan {
  /** `dispose`, and when it is done: a call in flight finishes first. */
  destroy(): Promise<void>;
}

/** @param released called once, when the plan is disposed. */
export function createPlan(program: Program, mode: Mode, released: () => void): GpuPlan {
  const { GPU, Input } = gpujs;
  const gpu = new GPU({ mode: mode.gpuJs });
  const inputs = pipelineArguments(program);
  const bounds = integerBounds(program);
  const complete = keepWeights(program);
  const places = new Map(inputs.map(({ name }, index) => [name, index]));
  const emit = createEmit(gpu);

  const orchestration = (...handles: Handle[]) =>
    lower(program, emit, (name) => {
      const place = places.get(name);
      if (place === undefined) throw new Error(`${program.name}: ${name} is computed by no operation and no input`);
      return handles[place];
    });
  // gpu.js asks a function's length for the number of arguments.
  Object.defineProperty(orchestration, 'length', { value: inputs.length });
  // Threads: a worker runs several plans side by side, one a compute thread; a pool inside would fight with the others.
  const pipeline = gpu.createPipeline(orchestration, { threads: false });
  let first = true;
  let destroyed: Promise<void> | undefined;
  const destroy = () => {
    if (destroyed === undefined) {
      destroyed = gpu.destroy();
      released();
    }
    return destroyed;
  };

  return {
    program,
    executor: mode.executor,
    async run(given, deliver) {
      if (destroyed) throw new Error(`${program.name}: the plan has been disposed`);
      checkInputs(program, given, first);
      checkIntegers(bounds, given);
      const tensors = complete(given);
      first = false;
      // An Input holds any array; its declaration knows number[] alone.
      const values = inputs.map(
        ({ rows, columns, data }) => new Input(data(tensors) as unknown as number[], [columns, rows]),
      );
      const results = (await pipeline(...values)) as Record<string, Float32Array[]>;
      const { executorKind, backend, fallbackReason } = pipeline;
      if (executorKind !== mode.executor || backend !== mode.gpuJs) {
        const what = `${program.name} ran on ${backend} as ${executorKind} instead of ${mode.gpuJs} as ${mode.executor}`;
        throw new Error(`${what}: ${fallbackReason ?? 'gpu.js gave no reason'}`);
      }
      for (const port of program.outputs) {
        deliver(port, flatten(results[port.name], elements(portType(program, port).shape)));
      }
    },
    destroy,
    dispose() {
      void destroy();
    },
  };
}

function flatten(rows: readonly Float32Array[], length: number): Float32Array {
  const data = new Float32Array(length);
  let at = 0;
  for (const row of rows) {
    data.set(row, at);
    at += row.length;
  }
  return data;
}
