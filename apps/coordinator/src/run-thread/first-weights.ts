// The first weights that `model.initial` gives: all of them, or those of the recurrent layers alone.

import { elements, type Parameter } from '@rondo/rnn-core';
import { expectTensors, type StoredTensors } from '@rondo/storage';

/** What the recurrent layers are called in a model, as a PyTorch module calls its `self.rnn`. */
const prefix = 'rnn.';

/**
 * A file holds every parameter of the model, or, as the state_dict of an nn.RNN, nn.LSTM or nn.GRU by itself does, exactly
 * those of the recurrent layers, under their names without `rnn.`; the others are drawn from the seed then. Layers that have no
 * bias at all (`bias=False`) begin with biases of 0.
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
  if (!areLayers) {
    expectTensors(file, stored, parameters);
    return stored;
  }
  const given = Object.keys(stored).some(isBias)
    ? stored
    : { ...stored, ...zeros(layers.filter(({ name }) => isBias(name))) };
  expectTensors(file, given, layers);
  return Object.fromEntries(Object.entries(given).map(([name, tensor]) => [`${prefix}${name}`, tensor]));
}

const isBias = (name: string) => name.startsWith('bias_');

function zeros(parameters: readonly Pick<Parameter, 'name' | 'shape'>[]): StoredTensors {
  return Object.fromEntries(
    parameters.map(({ name, shape }) => [name, { shape, data: new Float32Array(elements(shape)) }]),
  );
}
