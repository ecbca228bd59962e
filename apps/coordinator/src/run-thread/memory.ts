// Whether a model fits into this machine's memory, before anything of it is allocated.

import { memoryLimitBytes } from '@rondo/machine';
import { elements } from '@rondo/rnn-core';
import { layOutBanks, type NamedShape, type Optimizer } from '@rondo/training';
import { copiedVectors } from './checkpoints.ts';
import { type RunShape, runMemorySize, weightVectors } from './run-model.ts';

/** Gradients of nodes that are there at once at the least: the two halves of a sum. */
const leastSlots = 2;
/** Weights: those of the present step, the next, and a checkpoint's. A vector more is written to while a worker lags. */
const leastWeightVectors = 3;

/**
 * @param available bytes that this process may use.
 * @returns why it does not fit; undefined: it does.
 */
export function memoryFault(
  parameters: readonly NamedShape[],
  optimizer: Optimizer,
  training: RunShape,
  available = memoryLimitBytes(),
): string | undefined {
  const size = runMemorySize(parameters, optimizer, training);
  const count = parameters.reduce((sum, { shape }) => sum + elements(shape), 0);
  const vectors = size.vectors - weightVectors + leastWeightVectors + copiedVectors(optimizer.stateNames);
  const needed = count * (4 * vectors + (size.format.type === 'float32' ? 4 : 2) * leastSlots);
  if (needed > available) {
    const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
    return (
      `the model has ${count} parameters; weights, optimizer state and gradients need ${gib(needed)}, ` +
      `this machine has ${gib(available)}: make hidden, embedding or layers smaller`
    );
  }
  try {
    layOutBanks(parameters, size);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
