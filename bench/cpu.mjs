// One gradient step of the CPU's engines on one thread, with the peers' cases: node bench/cpu.mjs [ENGINE CELL HIDDEN]
// Milliseconds, nominal GFLOP/s (two a multiply-add of the matrix products) and where the time goes; medians.

import { createCpuEngine } from '@rondo/engine-cpu';
import { elements, gateCount, initialValues, languageModelParameters, portType, traceGradients } from '@rondo/rnn-core';
import { forcedVariables, releaseBlas } from '@rondo/simd';

if (process.env.KEEP_FORCED === undefined) {
  const dropped = releaseBlas(process.env);
  if (Object.keys(dropped).length > 0) console.log('dropped:', dropped);
} else console.log('forced:', forcedVariables(process.env));

const vocabulary = 65;
const sizes = [
  { hidden: 128, layers: 1, batch: 32, time: 64 },
  { hidden: 256, layers: 2, batch: 32, time: 64 },
  { hidden: 512, layers: 2, batch: 64, time: 64 },
];
const [onlyEngine, onlyCell, onlyHidden] = process.argv.slice(2);
const seconds = Number(process.env.SECONDS ?? 2);

for (const name of /** @type {const} */ (['cpu', 'cpu-portable'])) {
  if (onlyEngine !== undefined && onlyEngine !== name) continue;
  for (const kind of /** @type {const} */ (['lstm', 'gru'])) {
    if (onlyCell !== undefined && onlyCell !== kind) continue;
    for (const size of sizes) {
      if (onlyHidden !== undefined && Number(onlyHidden) !== size.hidden) continue;
      console.log(JSON.stringify(await measure(name, kind, size)));
    }
  }
}

/** @param {'cpu' | 'cpu-portable'} name @param {'lstm' | 'gru'} kind @param {(typeof sizes)[number]} size */
async function measure(name, kind, { hidden, layers, batch, time }) {
  /** @type {import('@rondo/rnn-core').Cell} */
  const cell = kind === 'lstm' ? { kind } : { kind, reset: 'after' };
  const model = { vocabulary, embedding: hidden, hidden, layers, cell, dropout: 0, tied: false };
  const program = traceGradients(model, { time, batch }, 1);
  /** @type {Record<string, Float32Array | Int32Array>} */
  const inputs = {};
  for (const port of program.inputs) {
    const { shape, type } = portType(program, port);
    const length = elements(shape);
    inputs[port.name] =
      type === 'int32' ? Int32Array.from({ length }, (_, i) => (i * 7919) % vocabulary) : new Float32Array(length);
  }
  languageModelParameters(model).forEach((parameter, index) => {
    inputs[parameter.name] = initialValues(parameter, 1, index);
  });

  const engine = createCpuEngine(name, { blas: process.env.RONDO_BLAS });
  const plan = await engine.compile(program);
  const ms = await medianMs(() => plan.run(inputs, () => {}));
  await engine.dispose();

  /** @type {Record<import('@rondo/engine-cpu').StepKind, number>} */
  const spent = { product: 0, gates: 0, other: 0 };
  const stopwatch = {
    nowMs: () => performance.now(),
    add: (/** @type {keyof typeof spent} */ step, /** @type {number} */ passed) => {
      spent[step] += passed;
    },
  };
  const timed = createCpuEngine(name, { blas: process.env.RONDO_BLAS, stopwatch });
  const timedPlan = await timed.compile(program);
  await timedPlan.run(inputs, () => {});
  Object.assign(spent, { product: 0, gates: 0, other: 0 });
  const runs = 5;
  for (let run = 0; run < runs; run++) await timedPlan.run(inputs, () => {});
  const library = timed.device.library;
  await timed.dispose();

  const operations = 6 * batch * time * (layers * gateCount(cell) * hidden * 2 * hidden + hidden * vocabulary);
  const round = (/** @type {number} */ value) => Math.round(100 * value) / 100;
  return {
    engine: name,
    library,
    cell: kind,
    hidden,
    layers,
    batch,
    time,
    msPerStep: round(ms),
    tokensPerSecond: Math.round((batch * time * 1000) / ms),
    gflops: round(operations / ms / 1e6),
    productMs: round(spent.product / runs),
    gatesMs: round(spent.gates / runs),
    otherMs: round(spent.other / runs),
    executor: plan.executor,
  };
}

/** @param {() => Promise<unknown>} run */
async function medianMs(run) {
  await run();
  await run();
  const times = [];
  for (const end = performance.now() + 1000 * seconds; times.length < 5 || performance.now() < end; ) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}
