// A text that comes symbol by symbol, and what a language model expects after each.

import type { Tensors } from '@rondo/rnn-core';
import type { CompiledModel } from './compiled-model.ts';
import { softmax } from './softmax.ts';
import { encodeFrom, type WeightedModel, zeroState } from './weighted-model.ts';

/** What comes next. */
export interface Expectation {
  /** By the symbols' numbers, [V]; they sum to 1. */
  readonly probabilities: Float64Array;
  /** The likeliest symbols, the likeliest first; of equals the one with the smaller number. */
  likeliest(count: number): { readonly symbol: string; readonly probability: number }[];
}

export interface LanguageStream {
  /**
   * Reads on.
   * @param text one symbol, or several, which are read one after the other.
   * @returns what the model expects after the last.
   * @throws DataFault unknown-symbol; nothing of the text is read then. RangeError for a text without a symbol.
   */
  push(text: string | Uint8Array): Promise<Expectation>;
}

export function createLanguageStream({ model, vocabulary }: WeightedModel, compiled: CompiledModel): LanguageStream {
  let state = zeroState(model, 1);
  const read = async (id: number) => {
    const inputs = { ...state, ids: Int32Array.of(id) };
    const { logits, ...after } = await compiled.predict({ batch: 1, extents: { time: 1 } }, inputs);
    state = after;
    return logits;
  };
  /** Settles when what was pushed before is read. */
  let turn: Promise<unknown> = Promise.resolve();
  const readAll = async (ids: Int32Array) => {
    let logits: Tensors[string] = new Float32Array();
    for (const id of ids) logits = await read(id);
    return expectation(softmax(logits), (id) => vocabulary.decode([id]));
  };
  return {
    async push(text) {
      const ids = encodeFrom('stream', vocabulary, text);
      if (ids.length === 0)
        throw new RangeError(`a stream reads one ${vocabulary.unit} or more at a time, and got none`);
      const expected = turn.then(() => readAll(ids));
      turn = expected.catch(() => {}); // Whoever pushed hears of it.
      return expected;
    },
  };
}

function expectation(probabilities: Float64Array, symbolOf: (id: number) => string): Expectation {
  return {
    probabilities,
    likeliest(count) {
      const order = Array.from(probabilities.keys()).sort((a, b) => probabilities[b] - probabilities[a] || a - b);
      return order.slice(0, count).map((id) => ({ symbol: symbolOf(id), probability: probabilities[id] }));
    },
  };
}
