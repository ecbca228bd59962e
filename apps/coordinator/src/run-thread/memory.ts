// Whether a model fits into this machine's memory, before anything of it is allocated.

import { memoryLimitBytes } from '@rondo/machine';
import { elements } from '@rondo/rnn-core';
import type { NamedShape } from '@rondo/training';

/**
 * Copies of the parameters that a coordinator holds at once: weights twice (the present ones and the next), optimizer
 * state, the gradient sums of two nodes.
 */
const copies = (optimizerSlots: number) => 2 + optimizerSlots + 2;

/** @returns why it does not fit; undefined: it does. */
export function memoryFault(parameters: readonly NamedShape[], optimizerSlots: number): string | undefined {
  const count = parameters.reduce((sum, { shape }) => sum + elements(shape), 0);
  const needed = count * 4 * copies(optimizerSlots);
  const available = memoryLimitBytes();
  if (needed <= available) return undefined;
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return (
    `the model has ${count} parameters; weights, optimizer state and gradients need ${gib(needed)}, ` +
    `this machine has ${gib(available)}: make hidden, embedding or layers smaller`
  );
}
