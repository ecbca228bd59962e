// The CPU's engines: the conformance suite, whole models beside the reference, limits, and a heap that does not grow.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  collectOutputs,
  createReferenceEngine,
  derivative,
  type Engine,
  elements,
  hashOf,
  type LanguageModel,
  type Program,
  portType,
  type Tensors,
  Trace,
  traceGradients,
  uniform,
} from '@rondo/rnn-core';
import { conformanceCases, expectClose, runOnce } from '@rondo/rnn-core/conformance';
import { openBlas } from '@rondo/simd';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCpuEngine, type StepKind } from './index.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Libraries that Debian has; RONDO_REQUIRE_BLAS=1: all must be here. */
const libraries = ['libopenblas.so.0', ...(process.arch === 'x64' ? ['libdnnl.so.2'] : [])].map((file) => {
  const opened = openBlas(file);
  const absence = 'blas' in opened || process.env.RONDO_REQUIRE_BLAS === '1' ? undefined : opened.refused.join('; ');
  if (absence !== undefined) console.warn(`cpu is not tested with ${absence}`);
  return { file, absence };
});

const models: readonly LanguageModel[] = [
  { vocabulary: 11, embedding: 5, hidden: 6, layers: 2, cell: { kind: 'lstm' }, dropout: 0.2, tied: false },
  {
    vocabulary: 11,
    embedding: 6,
    hidden: 6,
    layers: 1,
    cell: { kind: 'gru', reset: 'after' },
    dropout: 0.2,
    tied: true,
  },
  // Nothing between embedding and layer: the input product goes by symbols.
  { vocabulary: 11, embedding: 5, hidden: 6, layers: 2, cell: { kind: 'lstm' }, dropout: 0, tied: false },
  {
    vocabulary: 11,
    embedding: 6,
    hidden: 6,
    layers: 1,
    cell: { kind: 'gru', reset: 'before' },
    dropout: 0,
    tied: true,
  },
];

const engines = [
  ...libraries.map(({ file, absence }) => ({
    title: `cpu with ${file}`,
    absence,
    create: () => createCpuEngine('cpu', { blas: file }),
  })),
  { title: 'cpu without a BLAS', absence: undefined, create: () => createCpuEngine('cpu', { blas: 'none' }) },
  { title: 'cpu-portable', absence: undefined, create: () => createCpuEngine('cpu-portable') },
];

for (const { title, absence: skipped, create } of engines) {
  describe.skipIf(skipped)(skipped ? `${title} (skipped: ${skipped})` : title, () => {
    // Not while tests are collected: that happens to skipped ones too.
    let engine: Engine;
    beforeAll(() => {
      engine = create();
    });
    afterAll(() => engine.dispose());

    for (const { name, run } of conformanceCases()) test(name, () => run(engine));

    test.each(models)(
      'gradients of a language model, $cell.kind, dropout $dropout, the same bits in two plans',
      async (model) => {
        const program = traceGradients(model, { time: 9, batch: 3 }, 5);
        const inputs = modelInputs(program, model.vocabulary);
        const outputs = await runOnce(engine, program, inputs);
        const again = await runOnce(engine, program, inputs);
        const reference = await runOnce(createReferenceEngine(), program, inputs);
        for (const [output, data] of Object.entries(reference)) {
          expectClose(output, outputs[output], data, 1e-4);
          expectClose(`${output}, again`, again[output], outputs[output], 0);
        }
      },
    );

    test('two layers over one embedding, which is read elsewhere too', async () => {
      const program = bothWays();
      const inputs = modelInputs(program, 4);
      const outputs = await runOnce(engine, program, inputs);
      const reference = await runOnce(createReferenceEngine(), program, inputs);
      for (const [output, data] of Object.entries(reference)) expectClose(output, outputs[output], data, 1e-4);
    });

    test('an id outside the table is an error', async () => {
      const [model] = models;
      const program = traceGradients(model, { time: 2, batch: 1 }, 5);
      const inputs = { ...modelInputs(program, model.vocabulary), ids: Int32Array.of(0, model.vocabulary) };
      await expect(runOnce(engine, program, inputs)).rejects.toThrow(/id 11 in input ids is outside \[0, 11\)/);
    });

    test('the heap is flat over 1,000 steps', async () =>
      expect(await heapGrowth(engine)).toBeLessThan(heapNoiseBytes));
  });
}

/** What the compiler and the test runner leave behind; keeping a step's results would be 2 MB. */
const heapNoiseBytes = 400_000;

/** Bytes that the heap grows by over 1,000 steps of a tiny model, after a first 200. */
async function heapGrowth(engine: Engine): Promise<number> {
  const [model] = models;
  const program = traceGradients(model, { time: 2, batch: 1 }, 5);
  const inputs = modelInputs(program, model.vocabulary);
  const plan = await engine.compile(program);
  const afterSteps = async (count: number) => {
    for (let step = 0; step < count; step++) await plan.run(inputs, () => {});
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20)); // array buffers are freed beside the main thread
    collectGarbage();
    return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  };
  const before = await afterSteps(200);
  const after = await afterSteps(1000);
  plan.dispose();
  return after - before;
}

describe('devices', () => {
  test('cpu-portable is SIMD alone, whatever the machine has', () => {
    const { device } = createCpuEngine('cpu-portable', { blas: '/nowhere/libblas.so' });
    expect(device).toEqual({ kind: 'cpu', description: 'WebAssembly SIMD', library: 'rondo' });
  });

  test('cpu without a library computes with SIMD alone; one that is named and does not compute is an error', () => {
    const { device } = createCpuEngine('cpu', { blas: 'none' });
    expect(device).toEqual({ kind: 'cpu', description: 'WebAssembly SIMD', library: 'rondo', advice: undefined });
    expect(() => createCpuEngine('cpu', { blas: '/nowhere/libblas.so' })).toThrow(
      /^RONDO_BLAS names no BLAS that computes here \(\/nowhere\/libblas\.so: .*\): name another, or none$/,
    );
  });

  for (const { file, absence } of libraries) {
    test.skipIf(absence)(`cpu names its library, its kernels and its file: ${file}`, () => {
      const { device } = createCpuEngine('cpu', { blas: file });
      expect(device.description).toMatch(/^WebAssembly SIMD, products by \S+\/lib(openblas|dnnl)\S+$/);
      expect(device.library).toMatch(/^(OpenBLAS|oneDNN) [\d.]+ \w/);
      expect(device.advice).toBeUndefined();
    });
  }
});

test('a model that does not fit is refused with its size', async () => {
  const trace = new Trace();
  const a = trace.input('batch', 'a', [40_000, 40_000]);
  trace.output('result', 'y', trace.apply('add', { a, b: a }, {}).y);
  await expect(createCpuEngine('cpu-portable').compile(trace.program('large'))).rejects.toThrow(
    /^large needs 11\.9 GiB for .*, an arena holds 4\.0 GiB: /,
  );
});

test('a model that needs more than it may use is refused before it gets memory', async () => {
  const program = traceGradients(models[0], { time: 9, batch: 3 }, 5);
  const mebibyte = 2 ** 20;
  await expect(createCpuEngine('cpu-portable', { memoryBytes: mebibyte / 16 }).compile(program)).rejects.toThrow(
    /^language-model\/gradients needs \d+\.\d MiB for .*, it may use 0\.1 MiB: shorter sequences or smaller shards need less$/,
  );
  const engine = createCpuEngine('cpu-portable', { memoryBytes: mebibyte });
  await engine.compile(program);
  await engine.dispose();
});

test('a stopwatch gets the time of every step, by kind', async () => {
  const spent: Partial<Record<StepKind, number>> = {};
  const add = (kind: StepKind, ms: number) => {
    spent[kind] = (spent[kind] ?? 0) + ms;
  };
  let ticks = 0;
  const engine = createCpuEngine('cpu-portable', { stopwatch: { nowMs: () => ticks++, add } });
  const [model] = models;
  const program = traceGradients(model, { time: 2, batch: 1 }, 5);
  const plan = await engine.compile(program);
  await plan.run(modelInputs(program, model.vocabulary), () => {});
  await engine.dispose();
  const { product = 0, gates = 0, other = 0 } = spent;
  expect(gates).toBe(model.layers * 2 * 2); // layers, time steps, there and back
  expect(plan.executor).toContain(`${product + gates + other} steps`);
});

test('gradients are delivered while the rest of the backward pass goes on, the topmost first', async () => {
  const events: string[] = [];
  const stopwatch = { nowMs: () => 0, add: (kind: StepKind) => events.push(kind) };
  const engine = createCpuEngine('cpu-portable', { stopwatch });
  const [model] = models; // dropout: no layer reads the embedding by symbols
  const plan = await engine.compile(traceGradients(model, { time: 2, batch: 1 }, 5));
  await plan.run(modelInputs(plan.program, model.vocabulary), ({ role, name }) => {
    if (role === 'gradient') events.push(name);
  });
  await engine.dispose();
  const gradients = events.filter((event) => event.includes('.'));
  const layer = (index: number) =>
    ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'].map((part) => `rnn.${part}_l${index}`);
  expect(gradients).toEqual(['output.weight', 'output.bias', ...layer(1), ...layer(0), 'embedding.weight']);
  const backwardOf = (name: string) => events.slice(events.indexOf(name)).filter((event) => event === 'gates').length;
  expect(backwardOf('output.weight')).toBe(model.layers * 2); // time steps of both layers are still to come
  expect(backwardOf('rnn.weight_ih_l1')).toBe(2);
  expect(events.indexOf('rnn.weight_ih_l0')).toBeLessThan(events.lastIndexOf('product'));
});

test('a disposed plan and a disposed engine refuse work', async () => {
  const engine = createCpuEngine('cpu-portable');
  const trace = new Trace();
  const [a, b] = [trace.input('batch', 'a', [1]), trace.input('batch', 'b', [1])];
  trace.output('result', 'y', trace.apply('multiply', { a, b }, {}).y);
  const plan = await engine.compile(trace.program('product'));
  const inputs = { a: Float32Array.of(2), b: Float32Array.of(3) };
  expect((await collectOutputs(plan, inputs)).y).toEqual(Float32Array.of(6));
  plan.dispose();
  await expect(collectOutputs(plan, inputs)).rejects.toThrow('the plan has been disposed');
  await engine.dispose();
  await expect(engine.compile(trace.program('product'))).rejects.toThrow('disposed');
});

/** A layer each way over an embedding of 4 symbols, the embedding beside them, and the derivatives by its table and W_ih. */
function bothWays(): Program {
  const [time, batch, width, hidden] = [5, 3, 6, 7];
  const trace = new Trace();
  const table = trace.input('weight', 'table', [4, width]);
  const x = trace.apply('embedding', { table, ids: trace.input('batch', 'ids', [time, batch], 'int32') }, {}).y;
  const layer = (name: string, reverse: boolean) => {
    const weight = (part: string, shape: number[]) => trace.input('weight', `${name} ${part}`, shape);
    const weightIh = weight('weightIh', [hidden, width]);
    const operands = {
      weightIh,
      weightHh: weight('weightHh', [hidden, hidden]),
      biasIh: weight('biasIh', [hidden]),
      biasHh: weight('biasHh', [hidden]),
      h0: trace.input('state', `${name} h0`, [batch, hidden]),
    };
    const cell = { kind: 'rnn', activation: 'tanh' } as const;
    return { weightIh, y: trace.apply('recurrent', { x, ...operands }, { cell, reverse }).y };
  };
  const [there, back] = [layer('there', false), layer('back', true)];
  const states = trace.apply('concat', { a: there.y, b: back.y }, {}).y;
  const y = trace.apply('concat', { a: states, b: x }, {}).y;
  trace.output('result', 'x', x);
  trace.output('result', 'y', y);
  const wanted = { table, x, there: there.weightIh, back: back.weightIh };
  const gradients = derivative(trace, [{ of: y, is: trace.input('batch', 'dy', y.shape) }], Object.values(wanted));
  Object.keys(wanted).forEach((name, i) => {
    trace.output('result', `d ${name}`, gradients[i]);
  });
  return trace.program('both ways');
}

function modelInputs(program: Program, vocabulary: number): Tensors {
  const inputs = program.inputs.map((port, index) => {
    const { shape, type } = portType(program, port);
    const draws = Float32Array.from({ length: elements(shape) }, (_, i) => uniform(hashOf(3, index, i)));
    const data = type === 'int32' ? Int32Array.from(draws, (u) => u * vocabulary) : draws.map((u) => 2 * u - 1);
    return [port.name, data];
  });
  return Object.fromEntries(inputs);
}
