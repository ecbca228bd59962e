// The recurrent language model: embedding, stacked recurrent layers, output layer over the vocabulary.

import { type Cell, gateCount } from '../program/cell.ts';
import { derivative } from '../program/derivative.ts';
import type { Program } from '../program/program.ts';
import type { Tensor } from '../program/tensor.ts';
import { Trace } from '../program/trace.ts';
import type { Parameter } from './parameter.ts';
import { applyRecurrentStack, stateNames } from './recurrent-stack.ts';

export interface LanguageModel {
  readonly vocabulary: number;
  readonly embedding: number;
  readonly hidden: number;
  readonly layers: number;
  readonly cell: Cell;
  /** Share of activations dropped after the embedding and after every layer (Zaremba et al. 2014), while training. */
  readonly dropout: number;
  /** The output layer uses the embedding's weights (Press and Wolf 2017); needs embedding = hidden. */
  readonly tied: boolean;
}

/** All parameters, in the order in which they are drawn from the seed. Bounds are PyTorch's: 1/√H and 1/√inputs. */
export function languageModelParameters(model: LanguageModel): Parameter[] {
  const { vocabulary, embedding, hidden, layers, tied } = model;
  const rows = gateCount(model.cell) * hidden;
  const bounded = (name: string, shape: number[], size: number): Parameter => ({
    name,
    shape,
    initial: { kind: 'uniform', bound: 1 / Math.sqrt(size) },
  });
  return [
    tied
      ? bounded('embedding.weight', [vocabulary, embedding], embedding)
      : { name: 'embedding.weight', shape: [vocabulary, embedding], initial: { kind: 'normal' } },
    ...Array.from({ length: layers }, (_, layer) => [
      bounded(`rnn.weight_ih_l${layer}`, [rows, layer === 0 ? embedding : hidden], hidden),
      bounded(`rnn.weight_hh_l${layer}`, [rows, hidden], hidden),
      bounded(`rnn.bias_ih_l${layer}`, [rows], hidden),
      bounded(`rnn.bias_hh_l${layer}`, [rows], hidden),
    ]).flat(),
    ...(tied ? [] : [bounded('output.weight', [vocabulary, hidden], hidden)]),
    bounded('output.bias', [vocabulary], hidden),
  ];
}

/** Names of the recurrent state, one [batch, hidden] tensor each, as inputs and outputs of every program. */
export function languageModelStates(model: LanguageModel): string[] {
  return stateNames({ cell: model.cell, layers: model.layers, bidirectional: false });
}

export interface Extent {
  readonly time: number;
  readonly batch: number;
}

/**
 * Loss and gradients of a shard.
 * Inputs: the weights; batch `ids` and `targets` int32 [T, B]; the states; index `step` and `shard`.
 * Outputs: `loss` (sum, nats), `weight` (targets counted), a gradient for every parameter, the new states.
 */
export function traceGradients(model: LanguageModel, extent: Extent, seed: number): Program {
  const trace = new Trace();
  const { weights, logits, targets } = traceLoss(trace, model, extent, seed);
  const { lossSum, weight } = trace.apply('crossEntropy', { logits, targets }, { smoothing: 0 });
  const one = trace.apply('fill', {}, { shape: [1], value: 1 }).y;
  const wanted = [...weights.values()];
  const gradients = derivative(trace, [{ of: lossSum, is: one }], wanted);
  trace.output('loss', 'loss', lossSum);
  trace.output('weight', 'weight', weight);
  [...weights.keys()].forEach((name, i) => {
    trace.output('gradient', name, gradients[i]);
  });
  return trace.program('language-model/gradients');
}

/** Loss of a shard without dropout, for validation: inputs as for gradients without `step` and `shard`. */
export function traceEvaluation(model: LanguageModel, extent: Extent): Program {
  const trace = new Trace();
  const { logits, targets } = traceLoss(trace, model, extent, undefined);
  const { lossSum, weight } = trace.apply('crossEntropy', { logits, targets }, { smoothing: 0 });
  trace.output('loss', 'loss', lossSum);
  trace.output('weight', 'weight', weight);
  return trace.program('language-model/evaluation');
}

/** Logits [T, B, V] and the new states, for generating text. */
export function tracePrediction(model: LanguageModel, extent: Extent): Program {
  const trace = new Trace();
  const { logits } = traceLogits(trace, model, extent, undefined);
  trace.output('result', 'logits', logits);
  return trace.program('language-model/prediction');
}

function traceLoss(trace: Trace, model: LanguageModel, extent: Extent, seed: number | undefined) {
  const targets = trace.input('batch', 'targets', [extent.time, extent.batch], 'int32');
  return { targets, ...traceLogits(trace, model, extent, seed) };
}

/** @param seed of the dropout masks; undefined leaves dropout out. */
function traceLogits(trace: Trace, model: LanguageModel, { time, batch }: Extent, seed: number | undefined) {
  const weights = new Map<string, Tensor>();
  for (const { name, shape } of languageModelParameters(model)) weights.set(name, trace.input('weight', name, shape));
  const weight = (name: string) => {
    const tensor = weights.get(name);
    if (tensor === undefined) throw new Error(`language model: no parameter ${name}`);
    return tensor;
  };
  const drop = dropout(trace, model.dropout, seed);

  const ids = trace.input('batch', 'ids', [time, batch], 'int32');
  const x = drop(trace.apply('embedding', { table: weight('embedding.weight'), ids }, {}).y);
  const { y, final } = applyRecurrentStack(
    trace,
    { cell: model.cell, layers: model.layers, bidirectional: false },
    {
      x,
      weight: (name) => weight(`rnn.${name}`),
      state: (name) => trace.input('state', name, [batch, model.hidden]),
      between: drop,
    },
  );
  for (const [name, tensor] of final) trace.output('state', name, tensor);
  const outputWeight = weight(model.tied ? 'embedding.weight' : 'output.weight');
  const logits = trace.apply('linear', { x: drop(y), weight: outputWeight, bias: weight('output.bias') }, {}).y;
  return { weights, logits };
}

/** Dropout for the places of one trace, numbered in order of use; the identity without a seed or a rate. */
function dropout(trace: Trace, rate: number, seed: number | undefined): (x: Tensor) => Tensor {
  if (rate === 0 || seed === undefined) return (x) => x;
  const step = trace.input('index', 'step', [1], 'int32');
  const shard = trace.input('index', 'shard', [1], 'int32');
  let site = 0;
  return (x) => {
    const { mask } = trace.apply('dropoutMask', { step, shard }, { shape: x.shape, rate, seed, site });
    site += 1;
    return trace.apply('multiply', { a: x, b: mask }, {}).y;
  };
}
