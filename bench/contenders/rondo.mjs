// A training step of an engine in one process and one compute thread: gradients of a language model, then Adam in the
// kernels that the coordinator steps with. The case is JSON: engine, seed, optimizer, and harness/gradients.mjs's case.

import { createEngine } from '@rondo/worker';
import { createAdam } from '../harness/adam.mjs';
import { openGradients } from '../harness/gradients.mjs';
import { serve } from './serve.mjs';

const { engine: name, optimizer, ...work } = JSON.parse(process.argv[2]);
const engine = await createEngine(name);
const { parameters, inputs, executor, compute } = await openGradients(engine, work);
const adam = optimizer === undefined ? undefined : createAdam(parameters, inputs, optimizer);
const gradientMs = /** @type {number[]} */ ([]);
let loss = Number.NaN;

await serve(
  { library: engine.device.library, description: engine.device.description, executor },
  async () => {
    const start = performance.now();
    const outputs = await compute();
    gradientMs.push(performance.now() - start);
    loss = outputs.loss[0] / outputs.weight[0];
    adam?.step(outputs, outputs.weight[0]);
  },
  () => ({ gradientMs: gradientMs.splice(0), loss }),
);
