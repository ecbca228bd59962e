// The first weights that `model.initial` gives: all of them, or those of the recurrent layers alone.

import type { Parameter } from '@rondo/rnn-core';
import { expectTensors, type StoredTensors } from '@rondo/storage';

/** What the recurrent layers are called in a model, as a PyTorch module calls its `self.rnn`. */
const prefix = 'rnn.';

/**
 * A file holds every parameter of the model, or, as the state_dict of an nn.RNN, nn.LSTM or nn.GRU by itself does, exactly
 * those of the recurrent layers, under their names without `rnn.`; the others are drawn from the seed then.
 * @param file the name for messages.
 * @returns what the file gives, by the model's names.
 * @throws RunFault `bad-tensors` with everything that does not fit.
 */
export function firstWeights(file: string, stored: StoredTensors, parameters: readonly Parameter[]): StoredTensors {
  const layers = parameters.flatMap(({ name, shape }) =>
    name.startsWith(prefix) ? [{ name: name.slice(prefix.length), shape }] : [],
  );
  const names = new Set(Object.keys(stored));
  const areLayers = layers.some(({ name }) => names.has(name)) && !parameters.some(({ name }) => names.has(name));
  expectTensors(file, stored, areLayers ? layers : parameters);
  if (!areLayers) return stored;
  return Object.fromEntries(Object.entries(stored).map(([name, tensor]) => [`${prefix}${name}`, tensor]));
}
