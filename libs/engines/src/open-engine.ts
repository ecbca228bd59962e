// An engine in this process: the one named, or the best that works here.

import { existsSync } from 'node:fs';
import { type Engine, type EngineName, engineNames } from '@rondo/rnn-core';
import { releaseBlas } from '@rondo/simd';
import { createEngine } from './create-engine.ts';

/** The engine named, or every one, does not work here: the message says why, and what to do. */
export class EngineFault extends Error {
  override readonly name = 'EngineFault';
  readonly code = 'engine-missing';
}

/** Files by which Linux gives programs a GPU: its own drivers, NVIDIA's, Windows' below it, Arm's, Qualcomm's. */
const gpuFiles = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg', '/dev/mali0', '/dev/kgsl-3d0'];

/** Where there is surely none nobody asks for it: the Vulkan loader would print warnings of its own. */
const mayHaveGpu = () => process.platform !== 'linux' || gpuFiles.some((file) => existsSync(file));

/**
 * `auto` takes a GPU's before a processor's, as a run does; never a GPU that software plays, nor the reference.
 * @throws EngineFault
 */
export async function openEngine(wanted: EngineName | 'auto'): Promise<Engine> {
  const isCandidate = (name: EngineName) => name !== 'reference' && (name !== 'webgpu' || mayHaveGpu());
  const names = wanted === 'auto' ? engineNames.filter(isCandidate) : [wanted];
  releaseBlas(process.env);
  const refused: string[] = [];
  for (const name of names) {
    try {
      const engine = await createEngine(name);
      if (wanted !== 'auto' || engine.device.kind !== 'software-gpu') return engine;
      await engine.dispose();
    } catch (error) {
      refused.push((error as Error).message);
    }
  }
  throw new EngineFault(refused.join('\n'));
}
