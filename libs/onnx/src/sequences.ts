// Operations on whole sequences besides the recurrent layer, and those on features: attention, pooling, normalization.

import type { TensorId } from '@rondo/rnn-core';
import type { GraphBuilder, Operand } from './graph-builder.ts';
import { elementTypes } from './messages.ts';
import type { Size } from './sizes.ts';

/** A translation by what it reads: operands, those that may be absent, results and options. */
type Form<In extends string, Maybe extends string, Out extends string, Options> = (
  graph: GraphBuilder,
  operation: {
    readonly inputs: { readonly [N in In]: TensorId } & { readonly [N in Maybe]?: TensorId | undefined };
    readonly outputs: { readonly [N in Out]: TensorId };
    readonly options: Options;
  },
) => void;

/** Below every score and every feature, and still a number: infinity times zero would be none. */
const lowest = -3e38;

const reshape: Form<'x', never, 'y', object> = (graph, { inputs: { x }, outputs: { y } }) => {
  graph.set(y, graph.reshape(x, graph.shape(y)));
};

const activation: Form<'x', never, 'y', { readonly function: 'tanh' | 'relu' | 'sigmoid' }> = (
  graph,
  { inputs: { x }, outputs: { y }, options },
) => {
  graph.set(y, graph.node({ tanh: 'Tanh', relu: 'Relu', sigmoid: 'Sigmoid' }[options.function], [x]));
};

const layerNorm: Form<'x' | 'gain' | 'bias', never, 'y', { readonly epsilon: number }> = (
  graph,
  { inputs: { x, gain, bias }, outputs: { y }, options: { epsilon } },
) => {
  graph.set(y, graph.node('LayerNormalization', [x, gain, bias], { axis: { int: -1 }, epsilon: { float: epsilon } }));
};

/** x [T, B, F], lengths [B] → y [B, F] */
const pool: Form<'x', 'lengths', 'y', { readonly over: 'mean' | 'max' }> = (
  graph,
  { inputs: { x, lengths }, outputs: { y }, options: { over } },
) => {
  const overTime = { axes: { ints: [0] }, keepdims: { int: 0 } };
  if (lengths === undefined) {
    graph.set(y, graph.node(over === 'mean' ? 'ReduceMean' : 'ReduceMax', [x], overTime));
    return;
  }
  const isValid = graph.node('Unsqueeze', [valid(graph, lengths, graph.shape(x)[0]), graph.integers(2)]);
  const count = graph.node('Unsqueeze', [
    graph.node('Cast', [lengths], { to: { int: elementTypes.float32 } }),
    graph.integers(1),
  ]);
  if (over === 'mean') {
    const kept = graph.node('Where', [isValid, x, graph.number(0)]);
    const sum = graph.node('ReduceSum', [kept, graph.integers(0)], { keepdims: { int: 0 } });
    graph.set(y, graph.node('Div', [sum, graph.node('Max', [count, graph.number(1)])]));
    return;
  }
  const largest = graph.node('ReduceMax', [graph.node('Where', [isValid, x, graph.number(lowest)])], overTime);
  const isAny = graph.node('Greater', [count, graph.number(0)]);
  graph.set(y, graph.node('Where', [isAny, largest, graph.number(0)]));
};

/** query [Tq, B, H], keys [Tk, B, H], values [Tk, B, V], lengths [B] → y [Tq, B, V], weights [Tq, B, Tk] */
const attention: Form<
  'query' | 'keys' | 'values',
  'lengths' | 'vector',
  'y' | 'weights',
  { readonly score: 'dot' | 'additive' }
> = (graph, { inputs: { query, keys, values, lengths, vector }, outputs }) => {
  const scores =
    vector === undefined
      ? graph.node('MatMul', [transpose(graph, query, 1, 0, 2), transpose(graph, keys, 1, 2, 0)])
      : additiveScores(graph, query, keys, vector);
  const weights = lengths === undefined ? softmax(graph, scores) : maskedSoftmax(graph, scores, lengths, keys); // [B, Tq, Tk]
  const y = graph.node('MatMul', [weights, transpose(graph, values, 1, 0, 2)]); // [B, Tq, V]
  graph.set(outputs.y, transpose(graph, y, 1, 0, 2));
  graph.set(outputs.weights, transpose(graph, weights, 1, 0, 2));
};

/** vector · tanh(q + k) of every query and key: [B, Tq, Tk] */
function additiveScores(graph: GraphBuilder, query: TensorId, keys: TensorId, vector: TensorId): string {
  const eachQuery = graph.node('Unsqueeze', [transpose(graph, query, 1, 0, 2), graph.integers(2)]); // [B, Tq, 1, H]
  const eachKey = graph.node('Unsqueeze', [transpose(graph, keys, 1, 0, 2), graph.integers(1)]); // [B, 1, Tk, H]
  const met = graph.node('Tanh', [graph.node('Add', [eachQuery, eachKey])]);
  return graph.node('MatMul', [met, vector]);
}

/** Keys past a length have weight 0, and with a length of 0 all have. */
function maskedSoftmax(graph: GraphBuilder, scores: string, lengths: TensorId, keys: TensorId): string {
  const byKey = transpose(graph, valid(graph, lengths, graph.shape(keys)[0]), 1, 0); // [B, Tk]
  const isValid = graph.node('Unsqueeze', [byKey, graph.integers(1)]);
  const masked = softmax(graph, graph.node('Where', [isValid, scores, graph.number(lowest)]));
  return graph.node('Where', [isValid, masked, graph.number(0)]);
}

const softmax = (graph: GraphBuilder, scores: string) => graph.node('Softmax', [scores], { axis: { int: -1 } });

const transpose = (graph: GraphBuilder, operand: Operand, ...axes: number[]) =>
  graph.node('Transpose', [operand], { perm: { ints: axes } });

/** Whether a step lies within a sequence's length: [T, B], made once. */
function valid(graph: GraphBuilder, lengths: TensorId, time: Size): string {
  return graph.once(`valid ${graph.name(lengths)} of ${JSON.stringify(time)}`, () => {
    const [zero, one] = [0, 1].map((value) => graph.node('Squeeze', [graph.integers(value), graph.integers(0)]));
    const end = graph.node('Squeeze', [graph.length(time), graph.integers(0)]);
    const steps = graph.node('Unsqueeze', [graph.node('Range', [zero, end, one]), graph.integers(1)]);
    return graph.node('Less', [steps, graph.node('Cast', [lengths], { to: { int: elementTypes.int64 } })]);
  });
}

export const sequences = { reshape, activation, layerNorm, pool, attention };
