// A training step of an engine in one process and one compute thread: gradients of a language model into a slot, as a
// worker does, then the coordinator's optimizer step. The case is JSON: engine, seed, optimizer, and
// harness/gradients.mjs's case.

import { createEngine } from '@rondo/engines';
import { createModelMemory, createOptimizer, ModelArrays, takeStep } from '@rondo/training';
import { openGradients } from '../harness/gradients.mjs';
import { serve } from './serve.mjs';

const { engine: name, optimizer: spec, ...work } = JSON.parse(process.argv[2]);
const engine = await createEngine(name);
const { parameters, inputs, executor, compute } = await openGradients(engine, work);
const optimizer = spec && createOptimizer(spec);
const state = [1, 2];
const format = /** @type {const} */ ({ type: 'float32', exponent: 0 });
const arrays = new ModelArrays(createModelMemory(parameters, { format, vectors: 1 + state.length, slots: 1 }));
arrays.reserve(1);
// The plan reads the weights where the optimizer writes them.
for (const [parameter, values] of Object.entries(arrays.vector(0))) {
  values.set(inputs[parameter]);
  inputs[parameter] = values;
}
const gradientMs = /** @type {number[]} */ ([]);
let loss = Number.NaN;
let step = 0;

await serve(
  { library: engine.device.library, description: engine.device.description, executor },
  async () => {
    step += 1;
    const start = performance.now();
    let [lossSum, weight] = [0, 0];
    await compute((port, data) => {
      if (port.role === 'gradient') arrays.put(0, port.name, /** @type {Float32Array} */ (data));
      else if (port.role === 'loss') lossSum += data[0];
      else if (port.role === 'weight') weight += data[0];
    });
    gradientMs.push(performance.now() - start);
    loss = lossSum / weight;
    if (optimizer === undefined) return;
    const { learningRate } = spec;
    const vectors = { arrays, from: 0, to: 0, state, slot: 0, gradient: undefined };
    takeStep({ ...vectors, weight, optimizer, learningRate, clipNorm: undefined, clipValue: undefined, step });
  },
  () => ({ gradientMs: gradientMs.splice(0), loss }),
);
