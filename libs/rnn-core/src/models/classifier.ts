// The sequence classifier: a recurrent stack over symbols or numbers, pooled over time, and an output layer over the classes.

import type { Tensor } from '../program/tensor.ts';
import { bounded, embeddingParameter, linearParameters, outputWidth, recurrentParameters } from './layers.ts';
import { defineModel, isUnjudged, type Model, type ModelTrace, type Outcome, type ShardShape } from './model.ts';
import type { Parameter } from './parameter.ts';
import { normalized, type ReadSequences, type RecurrentStack, readSequences } from './recurrent-stack.ts';

export interface Classifier extends RecurrentStack {
  readonly classes: number;
  readonly input: SequenceInput;
  readonly pooling: Pooling;
  /** An input `classWeights` [classes] says how much a sequence of each class counts. */
  readonly weighted: boolean;
  /** Share of a target that is spread over all classes while training (Szegedy et al. 2016). */
  readonly smoothing: number;
  /** Share dropped after the embedding, after every layer and after pooling, while training. */
  readonly dropout: number;
  /** The same values of a layer's output are dropped at every time step (Gal and Ghahramani 2016). */
  readonly variational?: boolean | undefined;
}

/** Symbols [T, B] of a vocabulary, embedded, or numbers [T, B, features]. */
export type SequenceInput =
  | { readonly kind: 'symbols'; readonly vocabulary: number; readonly embedding: number }
  | { readonly kind: 'numbers'; readonly features: number };

/**
 * What of the last layer stands for a sequence: its final states (normalized where the layer's output is), the mean or maximum
 * over the valid steps, or their sum with weights that are learnt (`attention`, Yang et al. 2016).
 */
export type Pooling = 'last' | 'mean' | 'max' | 'attention';

/**
 * Inputs beside the weights: `x`, int32 [T, B] or float32 [T, B, features], `lengths` int32 [B] (0: no sequence), `targets`
 * int32 [B] (-1: does not count). Results: `logits` [B, classes]. The extent's axis is `time`.
 */
export function classifier(model: Classifier): Model {
  const { input, classes } = model;
  const isText = input.kind === 'symbols';
  const parameters = [
    ...(isText ? [embeddingParameter('embedding', input.vocabulary, input.embedding)] : []),
    ...recurrentParameters('rnn', model, isText ? input.embedding : input.features),
    ...(model.pooling === 'attention' ? attentionParameters(outputWidth(model)) : []),
    ...linearParameters('output', outputWidth(model), classes),
  ];
  // Whoever reads backwards too begins with the end; mean and maximum would need those of what was read.
  const continues = !model.bidirectional && model.pooling === 'last';
  const record = (trace: ModelTrace, { batch, extents: { time } }: ShardShape): Outcome => {
    const lengths = trace.input('batch', 'lengths', [batch], 'int32');
    const drop = (x: Tensor) => trace.dropout(x, model.dropout, model.variational);
    const read = readSequences(trace, model, sequenceInput(trace, input, time, batch, drop), lengths, drop);
    const logits = trace.linear('output', drop(pooled(trace, model, read, lengths)));
    if (isUnjudged(trace.purpose)) return { results: { logits } };
    const targets = trace.input('batch', 'targets', [batch], 'int32');
    const isTraining = trace.purpose.kind === 'gradients';
    const classWeights = model.weighted && isTraining ? trace.input('batch', 'classWeights', [classes]) : undefined;
    // What is reported is how well the model knows the classes as they come, without hedging.
    const smoothing = isTraining ? model.smoothing : 0;
    return { loss: trace.apply('crossEntropy', { logits, targets, classWeights }, { smoothing }), results: { logits } };
  };
  return defineModel('classifier', parameters, record, { continues });
}

/** The input `x` as [T, B, features]. */
function sequenceInput(
  trace: ModelTrace,
  input: SequenceInput,
  time: number,
  batch: number,
  drop: (x: Tensor) => Tensor,
): Tensor {
  if (input.kind === 'numbers') return trace.input('batch', 'x', [time, batch, input.features]);
  const ids = trace.input('batch', 'x', [time, batch], 'int32');
  return drop(trace.apply('embedding', { table: trace.weight('embedding.weight'), ids }, {}).y);
}

/** The layer in front of the scores, whose bias is the query, and the vector that scores are products with. */
function attentionParameters(width: number): Parameter[] {
  return [...linearParameters('attention', width, width), bounded('attention.vector', [width], width)];
}

/** [B, features] */
export function pooled(
  trace: ModelTrace,
  stack: RecurrentStack & Pick<Classifier, 'pooling'>,
  { y, final }: ReadSequences,
  lengths: Tensor,
): Tensor {
  const { layers, bidirectional, pooling } = stack;
  if (pooling === 'attention') return attended(trace, y, lengths);
  if (pooling !== 'last') return trace.apply('pool', { x: y, lengths }, { over: pooling }).y;
  const forward = final.get(`h_l${layers - 1}`) as Tensor;
  const last = bidirectional
    ? trace.apply('concat', { a: forward, b: final.get(`h_l${layers - 1}_reverse`) as Tensor }, {}).y
    : forward;
  return normalized(trace, stack, layers - 1, last, (name) => trace.weight(`rnn.${name}`));
}

/** The sum of y [T, B, F] over the valid steps with the weights softmax(vector · tanh(W y + query)): [B, F]. */
function attended(trace: ModelTrace, y: Tensor, lengths: Tensor): Tensor {
  const [, batch, width] = y.shape as [number, number, number];
  const keys = trace.linear('attention', y);
  // The query is the bias that the keys have already.
  const query = trace.zeros(1, batch, width);
  const vector = trace.weight('attention.vector');
  const context = trace.apply('attention', { query, keys, values: y, lengths, vector }, { score: 'additive' }).y;
  return trace.apply('reshape', { x: context }, { shape: [batch, width] }).y;
}
