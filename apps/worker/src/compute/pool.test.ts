// The pool with its real threads, as they were built, on the engine cpu-portable.

import { Worker } from 'node:worker_threads';
import { createEngine } from '@rondo/engines';
import {
  collectOutputs,
  elements,
  initialValues,
  inputsOf,
  type LanguageModel,
  languageModelParameters,
  type Program,
  portType,
  type Tensors,
  traceEvaluation,
  traceGradients,
} from '@rondo/rnn-core';
import { createModelMemory, ModelArrays } from '@rondo/training';
import { afterEach, expect, test, vi } from 'vitest';
import type { ComputedNode } from './node-task.ts';
import { ComputePool } from './pool.ts';
import { addGradient, shareNode } from './shared-node.ts';

const spawn = () => new Worker(new URL('../../dist/compute/thread.js', import.meta.url), { execArgv: [] });

const extent = { time: 3, batch: 2 };
const shards = 5;
const float32 = { type: 'float32', exponent: 0 } as const;

function model(hidden: number): LanguageModel {
  return { vocabulary: 7, embedding: 4, hidden, layers: 1, cell: { kind: 'lstm' }, dropout: 0.1, tied: false };
}
const small = model(5);
const programs = programsOf(small);

function programsOf(of: LanguageModel) {
  return { gradients: [traceGradients(of, extent, 3)], evaluation: [traceEvaluation(of, extent)] };
}

function weightsOf(seed: number): Tensors {
  return Object.fromEntries(
    languageModelParameters(small).map((parameter, i) => [parameter.name, initialValues(parameter, seed, i)]),
  );
}

function inputsOfShard(program: Program, shard: number): Tensors {
  const ports = [...inputsOf(program, 'batch'), ...inputsOf(program, 'state')];
  return Object.fromEntries(
    ports.map((port) => {
      const { shape, type } = portType(program, port);
      const length = elements(shape);
      return [
        port.name,
        type === 'int32' ? Int32Array.from({ length }, (_, i) => (i * 3 + shard) % 7) : new Float32Array(length),
      ];
    }),
  );
}

const inputs = (program: Program) =>
  new Map(Array.from({ length: shards }, (_, shard) => [shard, inputsOfShard(program, shard)]));

/** A pool, and what it has said. */
function start(threads: number) {
  const said = {
    gradients: new Map<number, Record<string, Float32Array | Uint16Array>>(),
    computed: new Map<number, ComputedNode>(),
    failed: new Map<number, string>(),
    cancelled: [] as number[],
    compiled: [] as string[],
  };
  let release = () => {};
  /** Gradients are being read until this settles. */
  let read: Promise<void> = Promise.resolve();
  const pool = new ComputePool(
    threads,
    {
      gradient(task, parameter, data) {
        const gradients = said.gradients.get(task) ?? {};
        gradients[parameter] = data.slice();
        said.gradients.set(task, gradients);
        return read;
      },
      computed: (task, computed) => said.computed.set(task, computed),
      failed: (task, reason) => said.failed.set(task, reason),
      cancelled: (task) => said.cancelled.push(task),
      compiled: ({ phase }) => said.compiled.push(phase),
      died(error) {
        throw error;
      },
    },
    spawn,
  );
  pools.push(pool);
  const hold = () => {
    read = new Promise((resolve) => {
      release = resolve;
    });
    return () => release();
  };
  const until = (task: number) =>
    vi.waitUntil(() => said.computed.has(task) || said.failed.has(task), { timeout: 20_000, interval: 5 });
  return { pool, said, until, hold };
}

const pools: ComputePool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

/** What one thread alone computes, without a pool. */
async function expectedGradients(weights: Tensors): Promise<Record<string, Float32Array | Uint16Array>> {
  const engine = await createEngine('cpu-portable');
  const plan = await engine.compile(programs.gradients[0]);
  const arrays = new ModelArrays(
    createModelMemory(languageModelParameters(small), { format: float32, vectors: 0, slots: shards }),
  );
  arrays.reserve(shards);
  const names = programs.gradients[0].outputs.filter(({ role }) => role === 'gradient').map(({ name }) => name);
  const node = shareNode({ first: 0, end: shards }, names.length);
  node.slots.set([0, 1, 2, 3, 4]);
  for (let shard = 0; shard < shards; shard++) {
    const index = { step: Int32Array.of(1), shard: Int32Array.of(shard) };
    const outputs = await collectOutputs(plan, {
      ...weights,
      ...inputsOfShard(programs.gradients[0], shard),
      ...index,
    });
    names.forEach((name, i) => {
      addGradient(arrays, node, shard, { name, index: i }, outputs[name] as Float32Array);
    });
  }
  await engine.dispose();
  return arrays.slot(0);
}

const gradientsTask = (task: number) => ({
  task,
  phase: 'gradients' as const,
  shape: 0,
  step: 1,
  node: { first: 0, end: shards },
  shards: inputs(programs.gradients[0]),
});

test.each([1, 2, 3])('%i threads give the bits of one, with each new weights', async (threads) => {
  const { pool, said, until } = start(threads);
  pool.prepare({ engine: 'cpu-portable', programs, format: float32, shards });
  for (const [task, seed] of [
    [1, 5],
    [2, 6],
  ]) {
    pool.weights(weightsOf(seed));
    pool.compute(gradientsTask(task));
    await until(task);
    expect(said.failed).toEqual(new Map());
    const expected = await expectedGradients(weightsOf(seed));
    for (const [name, values] of Object.entries(expected)) expect(said.gradients.get(task)?.[name]).toEqual(values);
    expect([...(said.computed.get(task)?.outputs.keys() ?? [])]).toEqual([0, 1, 2, 3, 4]);
  }
  const evaluation = { phase: 'evaluation' as const, shards: inputs(programs.evaluation[0]) };
  pool.compute({ ...gradientsTask(3), ...evaluation });
  await until(3);
  expect(said.computed.get(3)).toMatchObject({ weight: shards * extent.time * extent.batch });
  expect(said.gradients.has(3)).toBe(false);
});

test('gradients that are still being sent keep their slots: the next tasks wait for them', async () => {
  const { pool, said, until, hold } = start(2);
  pool.prepare({ engine: 'cpu-portable', programs, format: float32, shards });
  pool.weights(weightsOf(5));
  const release = hold();
  for (const task of [1, 2, 3, 4, 5, 6]) pool.compute(gradientsTask(task));
  await until(1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(said.computed.size).toBeLessThan(6);
  release();
  for (const task of [2, 3, 4, 5, 6]) await until(task);
  const expected = await expectedGradients(weightsOf(5));
  for (const task of [1, 6]) expect(said.gradients.get(task)).toEqual({ ...expected });
});

test('tasks that nobody waits for any more give their slots back', async () => {
  const { pool, said, until } = start(2);
  pool.prepare({ engine: 'cpu-portable', programs, format: float32, shards });
  pool.weights(weightsOf(5));
  for (let task = 1; task <= 20; task++) {
    pool.compute(gradientsTask(task));
    pool.forget();
  }
  pool.compute(gradientsTask(21));
  await until(21);
  expect([...said.computed.keys()]).toEqual([21]);
  expect(said.gradients.get(21)).toEqual({ ...(await expectedGradients(weightsOf(5))) });
});

test('a cancelled task is answered once, when no thread computes it any more; what follows is computed', async () => {
  const { pool, said, until } = start(2);
  pool.prepare({ engine: 'cpu-portable', programs, format: float32, shards });
  pool.weights(weightsOf(5));
  pool.compute(gradientsTask(1));
  pool.compute(gradientsTask(2));
  for (const task of [2, 1, 1, 7]) pool.cancel(task);
  // Threads are at the first two shards of task 1; none has begun with task 2.
  expect(said.cancelled).toEqual([2]);
  await vi.waitUntil(() => said.cancelled.includes(1), { timeout: 20_000, interval: 5 });
  expect(said.gradients).toEqual(new Map());
  for (let task = 3; task <= 20; task++) {
    pool.compute(gradientsTask(task));
    pool.cancel(task);
    await vi.waitUntil(() => said.cancelled.includes(task), { timeout: 20_000, interval: 1 });
  }
  pool.weights(weightsOf(6));
  pool.compute(gradientsTask(21));
  await until(21);
  pool.cancel(21);
  expect(said.cancelled).toEqual([2, 1, ...Array.from({ length: 18 }, (_, i) => i + 3)]);
  expect([...said.computed.keys()]).toEqual([21]);
  expect(said.failed).toEqual(new Map());
  expect(said.gradients.get(21)).toEqual({ ...(await expectedGradients(weightsOf(6))) });
});

test('a task of the stream before that was being cancelled does not answer for one of the same number', async () => {
  const { pool, said, until } = start(1);
  pool.prepare({ engine: 'cpu-portable', programs, format: float32, shards });
  pool.weights(weightsOf(5));
  pool.compute(gradientsTask(1));
  pool.cancel(1);
  pool.forget();
  pool.compute(gradientsTask(1));
  await until(1);
  expect(said.cancelled).toEqual([]);
  expect(said.gradients.get(1)).toEqual({ ...(await expectedGradients(weightsOf(5))) });
});

test('the same run prepared again, as after a reconnection, compiles nothing', async () => {
  const { pool, said, until } = start(2);
  for (const task of [1, 2]) {
    pool.prepare({ engine: 'cpu-portable', programs: structuredClone(programs), format: float32, shards });
    pool.weights(weightsOf(5));
    pool.compute(gradientsTask(task));
    await until(task);
    pool.forget();
  }
  expect(said.compiled).toEqual(['gradients', 'evaluation']);
  expect(said.gradients.get(2)).toEqual({ ...(await expectedGradients(weightsOf(5))) });
});

test('a number that comes again, of another run, is another task', async () => {
  const { pool, said, until } = start(1);
  const oneShard = { ...gradientsTask(1), node: { first: 0, end: 1 } };
  pool.prepare({ engine: 'cpu-portable', programs, format: float32, shards });
  pool.weights(weightsOf(5));
  pool.compute(oneShard);
  pool.prepare({ engine: 'cpu-portable', programs, format: float32, shards });
  pool.weights(weightsOf(6));
  for (const task of [1, 2]) pool.compute({ ...oneShard, task });
  for (const task of [1, 2]) await until(task);
  expect(said.computed.get(1)?.lossSum).toBe(said.computed.get(2)?.lossSum);
  expect(said.gradients.get(1)).toEqual(said.gradients.get(2));
});

test('a program that does not fit is refused at its first task, with its size; another one is computed', async () => {
  const { pool, said, until } = start(2);
  const large = { time: 4096, batch: 4096 };
  const gradients = traceGradients(model(256), large, 3);
  const tooLarge = { gradients: [gradients], evaluation: [traceEvaluation(model(256), large)] };
  pool.prepare({ engine: 'cpu-portable', programs: tooLarge, format: float32, shards });
  pool.compute(gradientsTask(1));
  await until(1);
  expect(said.failed.get(1)).toMatch(/needs \d+\.\d GiB for its weights, activations and gradients/);
  pool.prepare({ engine: 'cpu-portable', programs, format: float32, shards });
  pool.weights(weightsOf(5));
  pool.compute(gradientsTask(2));
  await until(2);
  expect(said.computed.has(2)).toBe(true);
});

test('a task before any program fails', () => {
  const { pool, said } = start(1);
  pool.compute(gradientsTask(1));
  expect(said.failed).toEqual(new Map([[1, 'no program was sent before the first task']]));
});
