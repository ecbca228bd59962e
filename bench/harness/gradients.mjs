// The work that is measured, as plans of an engine: a language model's gradients, and those of one recurrent layer.

import {
  derivative,
  elements,
  gateCount,
  hashOf,
  initialValues,
  languageModelParameters,
  mix,
  portType,
  Trace,
  traceGradients,
} from '@rondo/rnn-core';

/**
 * @typedef {{ cell: 'lstm' | 'gru', hidden: number, layers: number, batch: number, time: number, seed: number,
 *   vocabulary?: number, embedding?: number }} Work
 */

/** Symbols of the peers' cases. */
export const vocabularySize = 65;

/** The GRU is PyTorch's, its reset after the product. @param {Work['cell']} kind @returns {import('@rondo/rnn-core').Cell} */
const cellOf = (kind) => (kind === 'lstm' ? { kind } : { kind, reset: 'after' });

/** @param {Work} work @returns {import('@rondo/rnn-core').LanguageModel} */
export function modelOf({ cell, hidden, layers, vocabulary = vocabularySize, embedding = hidden }) {
  return { vocabulary, embedding, hidden, layers, cell: cellOf(cell), dropout: 0, tied: false };
}

/** Operations of a step's matrix products, two a multiply-add: forward, and twice as many back. @param {Work} work */
export function operationsOf(work) {
  const { vocabulary, embedding, hidden, layers, cell } = modelOf(work);
  const layer = (/** @type {number} */ inputs) => gateCount(cell) * hidden * (inputs + hidden);
  const products = layer(embedding) + (layers - 1) * layer(hidden) + hidden * vocabulary;
  return 6 * work.batch * work.time * products;
}

/** A plan that is ready to run: the one place that runs plans.
 * @param {import('@rondo/rnn-core').Engine} engine @param {import('@rondo/rnn-core').Program} program
 * @param {import('@rondo/rnn-core').Tensors} inputs */
async function open(engine, program, inputs) {
  const plan = await engine.compile(program);
  return {
    executor: plan.executor,
    compute: (/** @type {import('@rondo/rnn-core').Deliver} */ deliver) => plan.run(inputs, deliver),
  };
}

/** @param {import('@rondo/rnn-core').Engine} engine @param {Work} work */
export async function openGradients(engine, work) {
  const model = modelOf(work);
  const program = traceGradients(model, work, work.seed);
  const parameters = languageModelParameters(model);
  const inputs = drawInputs(program, work.seed, model.vocabulary);
  parameters.forEach((parameter, index) => {
    inputs[parameter.name] = initialValues(parameter, work.seed, index);
  });
  return { parameters, inputs, ...(await open(engine, program, inputs)) };
}

/** The derivative of one recurrent layer by its weights and its input. @param {import('@rondo/rnn-core').Engine} engine
 * @param {Work} work */
export async function openLayer(engine, { cell: kind, hidden, batch, time, seed }) {
  const trace = new Trace();
  const cell = cellOf(kind);
  const rows = gateCount(cell) * hidden;
  const x = trace.input('batch', 'x', [time, batch, hidden]);
  const weights = {
    weightIh: trace.input('weight', 'weightIh', [rows, hidden]),
    weightHh: trace.input('weight', 'weightHh', [rows, hidden]),
    biasIh: trace.input('weight', 'biasIh', [rows]),
    biasHh: trace.input('weight', 'biasHh', [rows]),
  };
  const h0 = trace.input('state', 'h0', [batch, hidden]);
  const c0 = kind === 'lstm' ? trace.input('state', 'c0', [batch, hidden]) : undefined;
  const { y } = trace.apply('recurrent', { x, ...weights, h0, c0, lengths: undefined }, { cell, reverse: false });
  const dy = trace.input('batch', 'dy', [time, batch, hidden]);
  const wanted = { x, ...weights };
  const gradients = derivative(trace, [{ of: y, is: dy }], Object.values(wanted));
  Object.keys(wanted).forEach((name, index) => {
    trace.output('gradient', name, gradients[index]);
  });
  const program = trace.program('layer/gradients');
  return open(engine, program, drawInputs(program, seed, vocabularySize));
}

/** Symbols, and small numbers elsewhere; recurrent states begin at zero, as the peers' do.
 * @param {import('@rondo/rnn-core').Program} program @param {number} seed @param {number} vocabulary
 * @returns {Record<string, Float32Array | Int32Array>} */
function drawInputs(program, seed, vocabulary) {
  return Object.fromEntries(
    program.inputs.map((port, index) => {
      const { shape, type } = portType(program, port);
      const key = hashOf(seed, index);
      const length = elements(shape);
      if (type === 'int32') return [port.name, Int32Array.from({ length }, (_, i) => mix(key, i) % vocabulary)];
      if (port.role === 'state') return [port.name, new Float32Array(length)];
      return [port.name, Float32Array.from({ length }, (_, i) => mix(key, i) / 2 ** 33 - 0.25)];
    }),
  );
}
