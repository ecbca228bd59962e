// The recurrent language model: embedding, stacked recurrent layers, output layer over the vocabulary.

import type { Program } from '../program/program.ts';
import type { Tensor } from '../program/tensor.ts';
import { bounded, embeddingParameter, linearParameters, outputWidth, recurrentParameters } from './layers.ts';
import { defineModel, type Model, type ModelTrace, type Outcome } from './model.ts';
import type { Parameter } from './parameter.ts';
import { applyRecurrentStack, type RecurrentStack, stateNames, stateWidth } from './recurrent-stack.ts';

export interface LanguageModel extends Omit<RecurrentStack, 'bidirectional'> {
  readonly vocabulary: number;
  readonly embedding: number;
  /** Share of activations dropped after the embedding and after every layer (Zaremba et al. 2014), while training. */
  readonly dropout: number;
  /** The same values are dropped at every time step (Gal and Ghahramani 2016). */
  readonly variational?: boolean | undefined;
  /** The output layer uses the embedding's weights (Press and Wolf 2017); needs embedding = the width of the output. */
  readonly tied: boolean;
}

const stackOf = (model: LanguageModel): RecurrentStack => ({ ...model, bidirectional: false });

/** All parameters, in the order in which they are drawn from the seed. Bounds are PyTorch's: 1/√H and 1/√inputs. */
export function languageModelParameters(model: LanguageModel): Parameter[] {
  const { vocabulary, embedding, tied } = model;
  const [outputWeight, outputBias] = linearParameters('output', outputWidth(stackOf(model)), vocabulary);
  return [
    tied
      ? bounded('embedding.weight', [vocabulary, embedding], embedding)
      : embeddingParameter('embedding', vocabulary, embedding),
    ...recurrentParameters('rnn', stackOf(model), embedding),
    ...(tied ? [] : [outputWeight]),
    outputBias,
  ];
}

/** Names of the recurrent state, one [batch, `stateWidth`] tensor each, as inputs and outputs of every program. */
export function languageModelStates(model: LanguageModel): string[] {
  return stateNames(stackOf(model));
}

/**
 * Inputs beside the weights: batch `ids` and `targets` int32 [T, B], the states; results: `logits` [T, B, V]. The extent's
 * axis is `time`.
 */
export function languageModel(model: LanguageModel): Model {
  return defineModel('language-model', languageModelParameters(model), (trace, { batch, extents: { time } }) => {
    if (trace.purpose.kind === 'prediction') return { results: { logits: recordLogits(trace, model, time, batch) } };
    return recordLoss(trace, model, time, batch);
  });
}

export interface Extent {
  readonly time: number;
  readonly batch: number;
}

/** The program of `Model.gradients`. */
export function traceGradients(model: LanguageModel, { time, batch }: Extent, seed: number): Program {
  return languageModel(model).gradients({ batch, extents: { time } }, seed);
}

/** The program of `Model.evaluation`. */
export function traceEvaluation(model: LanguageModel, { time, batch }: Extent): Program {
  return languageModel(model).evaluation({ batch, extents: { time } });
}

/** The program of `Model.prediction`. */
export function tracePrediction(model: LanguageModel, { time, batch }: Extent): Program {
  return languageModel(model).prediction({ batch, extents: { time } });
}

function recordLoss(trace: ModelTrace, model: LanguageModel, time: number, batch: number): Outcome {
  const targets = trace.input('batch', 'targets', [time, batch], 'int32');
  const logits = recordLogits(trace, model, time, batch);
  // The logits of a text are too many to be sent anywhere.
  return { loss: trace.apply('crossEntropy', { logits, targets }, { smoothing: 0 }) };
}

/** Logits [T, B, V]; the new states are put out. */
function recordLogits(trace: ModelTrace, model: LanguageModel, time: number, batch: number): Tensor {
  const drop = (x: Tensor) => trace.dropout(x, model.dropout, model.variational);
  const ids = trace.input('batch', 'ids', [time, batch], 'int32');
  const { y, final } = applyRecurrentStack(trace, stackOf(model), {
    x: drop(trace.apply('embedding', { table: trace.weight('embedding.weight'), ids }, {}).y),
    weight: (name) => trace.weight(`rnn.${name}`),
    state: (name) => trace.input('state', name, [batch, stateWidth(model, name)]),
    between: drop,
  });
  for (const [name, tensor] of final) trace.output('state', name, tensor);
  const weight = trace.weight(model.tied ? 'embedding.weight' : 'output.weight');
  return trace.apply('linear', { x: drop(y), weight, bias: trace.weight('output.bias') }, {}).y;
}
