// Tokens a second of one shard's gradients on every engine that works here: node bench/engines.mjs [--json]
// The model is the one of examples/char-lm.yaml: an LSTM of 128, a shard of 16 sequences and 32 steps, 105 symbols.

import { cpus } from 'node:os';
import {
  elements,
  engineNames,
  initialValues,
  languageModelParameters,
  portType,
  traceGradients,
} from '@rondo/rnn-core';
import { createEngine } from '@rondo/worker';

const extent = { time: 32, batch: 16 };
const seconds = 4;

/** @param {'lstm' | 'gru'} kind @returns {import('@rondo/rnn-core').LanguageModel} */
const model = (kind) => ({
  vocabulary: 105,
  embedding: 48,
  hidden: 128,
  layers: 1,
  cell: kind === 'lstm' ? { kind } : { kind, reset: 'after' },
  dropout: 0,
  tied: false,
});

/** @param {import('@rondo/rnn-core').LanguageModel} shape @param {import('@rondo/rnn-core').Program} program */
function inputsOf(shape, program) {
  /** @type {Record<string, Float32Array | Int32Array>} */
  const inputs = {};
  for (const port of program.inputs) {
    const { shape: sizes, type } = portType(program, port);
    inputs[port.name] = type === 'int32' ? new Int32Array(elements(sizes)) : new Float32Array(elements(sizes));
  }
  languageModelParameters(shape).forEach((parameter, index) => {
    inputs[parameter.name] = initialValues(parameter, 1, index);
  });
  return inputs;
}

/** Median seconds of a run, the first two left out. @param {import('@rondo/rnn-core').Plan} plan */
async function medianSeconds(plan, /** @type {import('@rondo/rnn-core').Tensors} */ inputs) {
  await plan.run(inputs, () => {});
  await plan.run(inputs, () => {});
  const times = [];
  for (const end = performance.now() + 1000 * seconds; times.length < 3 || performance.now() < end; ) {
    const start = performance.now();
    await plan.run(inputs, () => {});
    times.push((performance.now() - start) / 1000);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

const rows = [];
for (const name of engineNames) {
  try {
    const engine = await createEngine(name);
    for (const kind of /** @type {const} */ (['lstm', 'gru'])) {
      const plan = await engine.compile(traceGradients(model(kind), extent, 1));
      const median = await medianSeconds(plan, inputsOf(model(kind), plan.program));
      plan.dispose();
      const tokensPerSecond = Math.round((extent.time * extent.batch) / median);
      rows.push({
        engine: name,
        device: engine.device.description,
        cell: kind,
        ms: Math.round(median * 1000),
        tokensPerSecond,
      });
    }
    await engine.dispose();
  } catch (error) {
    rows.push({ engine: name, device: `not here: ${/** @type {Error} */ (error).message}` });
  }
}
const machine = {
  processor: cpus()[0].model,
  cores: cpus().length,
  node: process.version,
  date: new Date().toISOString(),
};
if (process.argv.includes('--json')) console.log(JSON.stringify({ machine, extent, rows }, undefined, 2));
else {
  console.log(machine);
  console.table(rows);
}
