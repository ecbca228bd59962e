// The translator: an encoder reads one sequence, a decoder writes another and may look back at the first by attention.

import type { Program } from '../program/program.ts';
import type { Tensor } from '../program/tensor.ts';
import { bounded, embeddingParameter, linearParameters, outputWidth, recurrentParameters } from './layers.ts';
import { defineModel, type Model, ModelTrace } from './model.ts';
import type { Parameter } from './parameter.ts';
import { applyRecurrentStack, type RecurrentStack, stateNames, stateWidth } from './recurrent-stack.ts';

/** The cell, layers and hidden size are those of both stacks; `bidirectional` is the encoder's. */
export interface TranslatorOptions extends RecurrentStack {
  /** Symbols that are read, and that are written. */
  readonly vocabularies: { readonly source: number; readonly target: number };
  readonly embedding: number;
  /**
   * How a step of the decoder scores the steps of the encoder: `dot` by the product of their states, `general` with a layer
   * on the encoder's (Luong et al. 2015), `additive` with layers on both and a tanh (Bahdanau et al. 2015).
   */
  readonly attention: 'none' | 'dot' | 'general' | 'additive';
  /** Share dropped after the embeddings, after every layer and before the output, while training. */
  readonly dropout: number;
  /** One mask for all steps of a sequence (Gal and Ghahramani 2016). */
  readonly variational?: boolean | undefined;
  /** The output layer uses the weights of the target's embedding; needs an embedding as wide as the state h. */
  readonly tied: boolean;
  /** Share of a target that is spread over all symbols while training (Szegedy et al. 2016). */
  readonly smoothing: number;
}

/** Sequences side by side, and the steps of the longest source. */
export interface DecodingShape {
  readonly batch: number;
  readonly source: number;
}

/** Beside the programs of training, those that write step by step. Both take their own share of the weights. */
export interface Translator extends Model {
  /**
   * Inputs `source`, `sourceLengths`. Results: the decoder's first states by the names of `states`, each [B, H], and what
   * attention looks at, `keys` [S, B, H] and `values` [S, B, W], where there is attention.
   */
  encode(shape: DecodingShape): Program;
  /**
   * One step of the decoder. Inputs: `target` int32 [1, B], the symbols before; the states; with attention `keys`, `values`
   * and `sourceLengths`. Result `logits` [1, B, V]; the new states.
   */
  step(shape: DecodingShape): Program;
  readonly states: readonly string[];
}

/**
 * Inputs beside the weights: `source` int32 [S, B], `sourceLengths` int32 [B] (0: no sequence), `target` int32 [T, B], what
 * stands before each symbol, and `targets` int32 [T, B], the symbols (-1: does not count). The extents' axes are `source` and
 * `target`. Of a prediction: `logits` [T, B, V].
 */
export function translator(options: TranslatorOptions): Translator {
  const [encoder, decoder] = [encoderParameters(options), decoderParameters(options)];
  const model = defineModel('translator', [...encoder, ...decoder], (trace, { batch, extents: { source, target } }) => {
    const { states, memory } = recordEncoder(trace, options, { batch, source });
    const initial = (name: string) => states.get(name) as Tensor;
    const { logits } = recordDecoder(
      trace,
      options,
      trace.input('batch', 'target', [target, batch], 'int32'),
      initial,
      memory,
    );
    if (trace.purpose.kind === 'prediction') return { results: { logits } };
    const targets = trace.input('batch', 'targets', [target, batch], 'int32');
    // What is reported is how well the model knows the symbols as they come, without hedging.
    const smoothing = trace.purpose.kind === 'gradients' ? options.smoothing : 0;
    // The logits of texts are too many to be sent anywhere.
    return { loss: trace.apply('crossEntropy', { logits, targets }, { smoothing }) };
  });
  return {
    ...model,
    states: stateNames(decoderOf(options)),
    encode(shape) {
      const trace = new ModelTrace(encoder, { kind: 'prediction' });
      const { states, memory } = recordEncoder(trace, options, shape);
      for (const [name, tensor] of states) trace.output('result', name, tensor);
      if (memory !== undefined) {
        trace.output('result', 'keys', memory.keys);
        trace.output('result', 'values', memory.values);
      }
      return trace.program('translator/encode');
    },
    step(shape) {
      const trace = new ModelTrace(decoder, { kind: 'prediction' });
      const { batch, source } = shape;
      const target = trace.input('batch', 'target', [1, batch], 'int32');
      const initial = (name: string) => trace.input('state', name, [batch, stateWidth(options, name)]);
      const memory = options.attention === 'none' ? undefined : memoryInputs(trace, options, { batch, source });
      const { logits, final } = recordDecoder(trace, options, target, initial, memory);
      trace.output('result', 'logits', logits);
      for (const [name, tensor] of final) trace.output('state', name, tensor);
      return trace.program('translator/step');
    },
  };
}

/** What attention looks at. */
interface Memory {
  readonly keys: Tensor; // [S, B, H]
  readonly values: Tensor; // [S, B, W]
  readonly lengths: Tensor; // int32 [B]
}

const decoderOf = (options: TranslatorOptions): RecurrentStack => ({ ...options, bidirectional: false });

/** The layer `attention.keys` has no bias: the same score on all steps would change nothing. */
function encoderParameters(options: TranslatorOptions): Parameter[] {
  const { vocabularies, embedding, attention, bidirectional } = options;
  const [width, hidden] = [outputWidth(options), stateWidth(options)];
  return [
    embeddingParameter('encoder.embedding', vocabularies.source, embedding),
    ...recurrentParameters('encoder', options, embedding),
    ...(bidirectional
      ? stateNames(decoderOf(options)).flatMap((name) => {
          const state = stateWidth(options, name);
          return linearParameters(`bridge.${name}`, 2 * state, state);
        })
      : []),
    ...(hasKeysLayer(attention) ? [bounded('attention.keys.weight', [hidden, width], width)] : []),
  ];
}

function decoderParameters(options: TranslatorOptions): Parameter[] {
  const { vocabularies, embedding, attention, tied } = options;
  const hidden = stateWidth(options);
  const [outputWeight, outputBias] = linearParameters('output', hidden, vocabularies.target);
  return [
    tied
      ? bounded('decoder.embedding.weight', [vocabularies.target, embedding], embedding)
      : embeddingParameter('decoder.embedding', vocabularies.target, embedding),
    ...recurrentParameters('decoder', decoderOf(options), embedding),
    ...(attention === 'additive'
      ? [...linearParameters('attention.query', hidden, hidden), bounded('attention.vector', [hidden], hidden)]
      : []),
    ...(attention === 'none' ? [] : linearParameters('attention.output', outputWidth(options) + hidden, hidden)),
    ...(tied ? [] : [outputWeight]),
    outputBias,
  ];
}

const hasKeysLayer = (attention: TranslatorOptions['attention']) => attention === 'general' || attention === 'additive';

/** The decoder's first states, and what attention looks at. */
function recordEncoder(
  trace: ModelTrace,
  options: TranslatorOptions,
  { batch, source }: DecodingShape,
): { states: ReadonlyMap<string, Tensor>; memory: Memory | undefined } {
  const { attention, dropout, variational, bidirectional } = options;
  const drop = (x: Tensor) => trace.dropout(x, dropout, variational);
  const ids = trace.input('batch', 'source', [source, batch], 'int32');
  const lengths = trace.input('batch', 'sourceLengths', [batch], 'int32');
  const { y: values, final } = applyRecurrentStack(trace, options, {
    x: drop(trace.apply('embedding', { table: trace.weight('encoder.embedding.weight'), ids }, {}).y),
    lengths,
    weight: (name) => trace.weight(`encoder.${name}`),
    state: (name) => trace.zeros(batch, stateWidth(options, name)),
    between: drop,
  });
  const states = bidirectional ? bridged(trace, options, final) : final;
  if (attention === 'none') return { states, memory: undefined };
  const keys = hasKeysLayer(attention)
    ? trace.apply('linear', { x: values, weight: trace.weight('attention.keys.weight') }, {}).y
    : values;
  return { states, memory: { keys, values, lengths } };
}

/** The final states of both directions, each pair behind a layer and tanh (Bahdanau et al. 2015). */
function bridged(
  trace: ModelTrace,
  options: TranslatorOptions,
  final: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  return new Map(
    stateNames(decoderOf(options)).map((name) => {
      const [a, b] = [final.get(name) as Tensor, final.get(`${name}_reverse`) as Tensor];
      const x = trace.linear(`bridge.${name}`, trace.apply('concat', { a, b }, {}).y);
      return [name, trace.apply('activation', { x }, { function: 'tanh' }).y];
    }),
  );
}

function memoryInputs(trace: ModelTrace, options: TranslatorOptions, { batch, source }: DecodingShape): Memory {
  return {
    keys: trace.input('batch', 'keys', [source, batch, stateWidth(options)]),
    values: trace.input('batch', 'values', [source, batch, outputWidth(options)]),
    lengths: trace.input('batch', 'sourceLengths', [batch], 'int32'),
  };
}

/** @param ids what stands before each symbol, int32 [T, B]. @returns logits [T, B, V] and the final states. */
function recordDecoder(
  trace: ModelTrace,
  options: TranslatorOptions,
  ids: Tensor,
  state: (name: string) => Tensor,
  memory: Memory | undefined,
): { logits: Tensor; final: ReadonlyMap<string, Tensor> } {
  const drop = (x: Tensor) => trace.dropout(x, options.dropout, options.variational);
  const table = trace.weight('decoder.embedding.weight');
  const { y, final } = applyRecurrentStack(trace, decoderOf(options), {
    x: drop(trace.apply('embedding', { table, ids }, {}).y),
    weight: (name) => trace.weight(`decoder.${name}`),
    state,
    between: drop,
  });
  const x = drop(memory === undefined ? y : attended(trace, options, y, memory));
  const weight = options.tied ? table : trace.weight('output.weight');
  return { logits: trace.apply('linear', { x, weight, bias: trace.weight('output.bias') }, {}).y, final };
}

/** tanh(W [context; y] + b) at every step [T, B, H] (Luong et al. 2015). */
function attended(trace: ModelTrace, { attention }: TranslatorOptions, y: Tensor, memory: Memory): Tensor {
  const isAdditive = attention === 'additive';
  const query = isAdditive ? trace.linear('attention.query', y) : y;
  const vector = isAdditive ? trace.weight('attention.vector') : undefined;
  const score = isAdditive ? 'additive' : 'dot';
  const { y: context } = trace.apply('attention', { query, ...memory, vector }, { score });
  const x = trace.linear('attention.output', trace.apply('concat', { a: context, b: y }, {}).y);
  return trace.apply('activation', { x }, { function: 'tanh' }).y;
}
