// An engine by its name.

import { createReferenceEngine, type Engine, type EngineName } from '@rondo/rnn-core';

/**
 * Loads an engine's code with its first use: gpu.js alone takes a tenth of the time in which a command starts.
 *
 * @param planBytes the most memory that a plan may take, where an engine can tell.
 * @throws Error that says why the engine does not work here and what to do about it.
 */
export async function createEngine(name: EngineName, planBytes?: number): Promise<Engine> {
  switch (name) {
    case 'reference':
      return createReferenceEngine();
    case 'cpu':
    case 'cpu-portable': {
      const { createCpuEngine } = await import('@rondo/engine-cpu');
      return createCpuEngine(name, { blas: process.env.RONDO_BLAS, memoryBytes: planBytes });
    }
    default: {
      const { createGpuEngine } = await import('@rondo/engine-gpu');
      return createGpuEngine(name);
    }
  }
}
