// Text from a language model: one symbol after the other, each drawn from what the model expects after those before.

import { DataFault } from '@rondo/data';
import {
  collectOutputs,
  createReferenceEngine,
  hashOf,
  type TensorData,
  tracePrediction,
  uniform,
} from '@rondo/rnn-core';
import { textStream } from './text-stream.ts';
import { encodeFrom, type WeightedModel, zeroState } from './weighted-model.ts';

export interface GenerationOptions {
  /**
   * What the text goes on from; read whole before the first symbol is drawn. Empty: the text begins as after the end of
   * a line, or after a symbol drawn from the seed where the vocabulary has no newline.
   */
  readonly prompt: string;
  /** Symbols to draw: characters, bytes, words or byte-pair units, as the run's text was cut. */
  readonly length: number;
  /** 0: always the likeliest symbol, of equals the first; else symbols are drawn from softmax(logits / temperature). */
  readonly temperature: number;
  readonly seed: number;
}

/**
 * The reference engine computes it, so that the text is the same whatever this machine has.
 * @param onText takes the text's pieces as they come.
 * @returns the text after the prompt.
 * @throws DataFault unknown-symbol when the vocabulary lacks a symbol of the prompt.
 */
export async function generateText(
  trained: WeightedModel,
  { prompt, length, temperature, seed }: GenerationOptions,
  onText: (piece: string) => void = () => {},
): Promise<string> {
  const context = contextOf(trained, prompt, seed);
  const predict = await predictor(trained);
  let logits: TensorData = new Float32Array(trained.model.vocabulary);
  for (const id of context) logits = await predict(id);

  const stream = textStream(trained.vocabulary, context[context.length - 1]);
  let text = '';
  const emit = (piece: string) => {
    text += piece;
    if (piece !== '') onText(piece);
  };
  for (let position = 0; position < length; position++) {
    const id = sample(logits, temperature, uniform(hashOf(seed, position)));
    emit(stream.push(id));
    logits = await predict(id);
  }
  emit(stream.end());
  return text;
}

/** At least one symbol. */
function contextOf({ vocabulary }: WeightedModel, prompt: string, seed: number): Int32Array {
  const symbols = encodeFrom('prompt', vocabulary, prompt);
  if (symbols.length > 0) return symbols;
  try {
    return vocabulary.encode('\n');
  } catch (error) {
    if (!(error instanceof DataFault)) throw error;
    return Int32Array.of(Math.floor(uniform(hashOf(seed)) * vocabulary.size));
  }
}

/** @returns a function from the next symbol to the logits [V] of the one after it, which remembers all symbols so far. */
async function predictor({ model, weights }: WeightedModel): Promise<(id: number) => Promise<TensorData>> {
  const plan = await createReferenceEngine().compile(tracePrediction(model, { time: 1, batch: 1 }));
  let state = zeroState(model, 1);
  return async (id) => {
    const { logits, ...after } = await collectOutputs(plan, { ...weights, ...state, ids: Int32Array.of(id) });
    state = after;
    return logits;
  };
}

/** @param draw in [0, 1). */
export function sample(logits: TensorData, temperature: number, draw: number): number {
  let likeliest = 0;
  for (let id = 1; id < logits.length; id++) {
    if (logits[id] > logits[likeliest]) likeliest = id;
  }
  if (temperature === 0) return likeliest;
  // Relative to the largest, so that none overflows.
  const shares = Float64Array.from(logits, (logit) => Math.exp((logit - logits[likeliest]) / temperature));
  let left = draw * shares.reduce((sum, share) => sum + share, 0);
  for (let id = 0; id < shares.length; id++) {
    left -= shares[id];
    if (left < 0) return id;
  }
  return likeliest; // Rounding left a rest behind the last one.
}
