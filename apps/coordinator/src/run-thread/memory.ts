// Whether a model fits into this machine's memory, before anything of it is allocated.

import { memoryLimitBytes } from '@rondo/machine';
import { elements } from '@rondo/rnn-core';
import type { TrainingSpec } from '@rondo/spec';
import type { NamedShape, Optimizer } from '@rondo/training';

/**
 * Bytes a parameter that a RunModel holds at the least: weights twice (the present ones and the next), the optimizer's
 * vectors, with 16 bits the vector that gradients are widened to, and the gradients of two nodes.
 */
function bytesAParameter({ stateNames }: Optimizer, gradients: TrainingSpec['gradients']): number {
  const vectors = 2 + stateNames.length;
  return gradients === 'float32' ? 4 * vectors + 2 * 4 : 4 * (vectors + 1) + 2 * 2;
}

/**
 * @param available bytes that this process may use.
 * @returns why it does not fit; undefined: it does.
 */
export function memoryFault(
  parameters: readonly NamedShape[],
  optimizer: Optimizer,
  gradients: TrainingSpec['gradients'],
  available = memoryLimitBytes(),
): string | undefined {
  const count = parameters.reduce((sum, { shape }) => sum + elements(shape), 0);
  const needed = count * bytesAParameter(optimizer, gradients);
  if (needed <= available) return undefined;
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return (
    `the model has ${count} parameters; weights, optimizer state and gradients need ${gib(needed)}, ` +
    `this machine has ${gib(available)}: make hidden, embedding or layers smaller`
  );
}
