// An engine in this process: the one named, or the best that works here.

import { type Engine, type EngineName, engineNames } from '@rondo/rnn-core';
import { releaseBlas } from '@rondo/simd';
import { createEngine } from './create-engine.ts';

/** The engine named, or every one, does not work here: the message says why, and what to do. */
export class EngineFault extends Error {
  override readonly name = 'EngineFault';
  readonly code = 'engine-missing';
}

/**
 * `auto` takes a GPU's before a processor's, as a run does; never a GPU that software plays, nor the reference.
 * @throws EngineFault
 */
export async function openEngine(wanted: EngineName | 'auto'): Promise<Engine> {
  const names = wanted === 'auto' ? engineNames.filter((name) => name !== 'reference') : [wanted];
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
