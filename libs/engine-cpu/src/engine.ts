// The CPU's engines behind rnn-core's Engine.

import type { Device, Engine, Plan } from '@rondo/rnn-core';
import { type Blas, openBlas } from '@rondo/simd';
import { createPlan } from './plan.ts';
import type { Stopwatch } from './steps.ts';

/** `cpu`: SIMD and the machine's BLAS. `cpu-portable`: SIMD alone, the same bits on every processor. */
export type CpuEngineName = 'cpu' | 'cpu-portable';

export interface CpuEngineOptions {
  /** A BLAS library's path, or `none`; undefined searches for one. `cpu-portable` takes none. */
  readonly blas?: string | undefined;
  /** What a plan's arena may take of this machine; undefined: what the machine gives. */
  readonly memoryBytes?: number | undefined;
  /** Takes the time of every step, for benchmarks. */
  readonly stopwatch?: Stopwatch | undefined;
}

/**
 * An engine that runs a program on the calling thread as a flat list of steps over one arena.
 * Without a BLAS library `cpu` multiplies with the SIMD kernels, and its device says so.
 */
export function createCpuEngine(name: CpuEngineName, options: CpuEngineOptions = {}): Engine {
  const { blas, device } = openDevice(name, options);
  const plans = new Set<Plan>();
  let disposed = false;
  return {
    name,
    device,
    async compile(program) {
      if (disposed) throw new Error(`the ${name} engine has been disposed`);
      const { stopwatch, memoryBytes } = options;
      const plan = createPlan(program, { blas, stopwatch, memoryBytes }, () => plans.delete(plan));
      plans.add(plan);
      return plan;
    },
    async dispose() {
      disposed = true;
      for (const plan of plans) plan.dispose();
    },
  };
}

function openDevice(name: CpuEngineName, options: CpuEngineOptions): { blas: Blas | undefined; device: Device } {
  const kernels = 'WebAssembly SIMD';
  if (name === 'cpu-portable')
    return { blas: undefined, device: { kind: 'cpu', description: kernels, library: 'rondo' } };
  const opened = openBlas(options.blas);
  if ('refused' in opened) {
    // Who names a library means this one.
    if (options.blas !== undefined && options.blas !== 'none') {
      throw new Error(
        `RONDO_BLAS names no BLAS that computes here (${opened.refused.join('; ')}): name another, or none`,
      );
    }
    const advice = adviceOn(options.blas, opened.refused);
    return { blas: undefined, device: { kind: 'cpu', description: kernels, library: 'rondo', advice } };
  }
  const { blas } = opened;
  const library = blas.kernels === undefined ? blas.library : `${blas.library} ${blas.kernels}`;
  return { blas, device: { kind: 'cpu', description: `${kernels}, products by ${blas.path}`, library } };
}

/** What to install or to set right where no library computes. */
function adviceOn(choice: string | undefined, refused: readonly string[]): string | undefined {
  if (choice === 'none') return undefined;
  const packages = process.arch === 'x64' ? 'libdnnl2 (or libopenblas0-pthread)' : 'libopenblas0-pthread';
  const wrong = refused.filter((reason) => reason.includes('self-test'));
  if (wrong.length > 0) return `the BLAS libraries here compute wrong: ${wrong.join('; ')}`;
  return `no BLAS library was found: apt-get install ${packages} makes it several times as fast`;
}
