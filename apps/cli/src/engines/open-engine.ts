// An engine in this process: the one named, or the best that works here.

import { CommandFault } from '@rondo/command';
import { type Engine, type EngineName, engineNames } from '@rondo/rnn-core';
import { createEngine } from '@rondo/worker';

/**
 * `auto` takes a GPU's before a processor's, as a run does; never a GPU that software plays, nor the reference.
 * @throws CommandFault that says why the engine named, or every one, does not work here, and what to do.
 */
export async function openEngine(wanted: EngineName | 'auto'): Promise<Engine> {
  const names = wanted === 'auto' ? engineNames.filter((name) => name !== 'reference') : [wanted];
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
  throw new CommandFault(refused.join('\n'));
}
