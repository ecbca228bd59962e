// A language model with its weights and its symbols.

import { DataFault, type Vocabulary } from '@rondo/data';
import { type LanguageModel, languageModelStates, stateWidth, type Tensors } from '@rondo/rnn-core';

/** All that it takes to read and write text. */
export interface WeightedModel {
  readonly model: LanguageModel;
  readonly vocabulary: Vocabulary;
  /** By PyTorch's names. */
  readonly weights: Tensors;
}

/** The state before a text begins. */
export function zeroState(model: LanguageModel, batch: number): Tensors {
  const zeros = (name: string) => new Float32Array(batch * stateWidth(model, name));
  return Object.fromEntries(languageModelStates(model).map((name) => [name, zeros(name)]));
}

/**
 * Symbols of a text that the run did not read itself.
 * @param source what messages call the text, e.g. `prompt`.
 * @throws DataFault unknown-symbol.
 */
export function encodeFrom(source: string, vocabulary: Vocabulary, text: string | Uint8Array): Int32Array {
  try {
    return vocabulary.encode(text);
  } catch (error) {
    if (error instanceof DataFault) throw new DataFault(error.code, `${source}: ${error.message}`);
    throw error;
  }
}
