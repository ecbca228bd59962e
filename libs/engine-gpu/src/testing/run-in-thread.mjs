// Run by engine.test.ts as a process of its own, on the built library: computes 2 · 3 on the main thread and in a worker thread.

import { isMainThread, Worker } from 'node:worker_threads';
import { createGpuEngine } from '@rondo/engine-gpu';
import { collectOutputs, Trace } from '@rondo/rnn-core';

const name = /** @type {import('@rondo/engine-gpu').GpuEngineName} */ (process.argv[2]);
const trace = new Trace();
const [a, b] = [trace.input('batch', 'a', [1]), trace.input('batch', 'b', [1])];
trace.output('result', 'y', trace.apply('multiply', { a, b }, {}).y);

const engine = await createGpuEngine(name);
const plan = await engine.compile(trace.program('product'));
const { y } = await collectOutputs(plan, { a: Float32Array.of(2), b: Float32Array.of(3) });
console.log(isMainThread ? 'main' : 'thread', y[0]);
await engine.dispose();
if (isMainThread) new Worker(new URL(import.meta.url), { argv: [name] });
