// The gpu.js engines: the conformance suite, whole models beside the reference, and no silent fallback, leak or hang.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  collectOutputs,
  createReferenceEngine,
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
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGpuEngine } from './index.ts';
import { swiftShader, webgpuAbsence } from './testing/webgpu.ts';

const reason = await webgpuAbsence();
const versions = /^gpu\.js \d+\.\d+\.\d+$/;
const software = process.env.VK_ICD_FILENAMES === swiftShader;

const engines = [
  { name: 'webasm', executor: 'fused-sync', kind: /^cpu$/, description: /SIMD/, library: versions },
  { name: 'js', executor: 'generic', kind: /^cpu$/, description: /JavaScript/, library: versions },
  {
    name: 'webgpu',
    executor: 'fused-encoder',
    kind: software ? /^software-gpu$/ : /gpu$/,
    description: software ? /swiftshader/i : /./,
    library: /^gpu\.js \d+\.\d+\.\d+, webgpu \d+\.\d+\.\d+$/,
  },
] as const;

for (const { name, ...expected } of engines) {
  const skipped = name === 'webgpu' ? reason : undefined;
  describe.skipIf(skipped)(skipped ? `${name} (skipped: ${skipped})` : name, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await createGpuEngine(name);
    });
    afterAll(() => engine.dispose());

    for (const { name: title, run } of conformanceCases()) test(title, () => run(engine));

    test('says what it runs on', async () => {
      expect(engine.name).toBe(name);
      expect(engine.device.kind).toMatch(expected.kind);
      expect(engine.device.description).toMatch(expected.description);
      expect(engine.device.library).toMatch(expected.library);
      const plan = await engine.compile(productProgram());
      expect(plan.executor).toBe(expected.executor);
      plan.dispose();
    });

    test.each(models)('gradients of a language model, $cell.kind, the same bits in two plans', async (model) => {
      const program = traceGradients(model, { time: 9, batch: 3 }, 5);
      const inputs = modelInputs(program, model.vocabulary);
      const outputs = await runOnce(engine, program, inputs);
      const again = await runOnce(engine, program, inputs);
      const reference = await runOnce(createReferenceEngine(), program, inputs);
      for (const [output, data] of Object.entries(reference)) {
        expectClose(output, outputs[output], data, 1e-4);
        expectClose(`${output}, again`, again[output], outputs[output], 0);
      }
    });

    test('an id outside the table is an error', async () => {
      const [model] = models;
      const program = traceGradients(model, { time: 2, batch: 1 }, 5);
      const inputs = { ...modelInputs(program, model.vocabulary), ids: Int32Array.of(0, model.vocabulary) };
      await expect(runOnce(engine, program, inputs)).rejects.toThrow(/id 11 in input ids is outside \[0, 11\)/);
    });

    test('a disposed plan and a disposed engine refuse work', async () => {
      const own = await createGpuEngine(name);
      const inputs = { a: Float32Array.of(2), b: Float32Array.of(3) };
      const plan = await own.compile(productProgram());
      expect((await collectOutputs(plan, inputs)).y).toEqual(Float32Array.of(6));
      plan.dispose();
      await expect(collectOutputs(plan, inputs)).rejects.toThrow('the plan has been disposed');
      await own.dispose();
      await expect(own.compile(productProgram())).rejects.toThrow('disposed');
      // The engine beside it goes on.
      expect((await runOnce(engine, productProgram(), inputs)).y).toEqual(Float32Array.of(6));
    });

    test('runs in a worker thread, and the process ends by itself', async () => {
      const script = fileURLToPath(new URL('./testing/run-in-thread.mjs', import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, [script, name], { timeout: 30_000 });
      expect(stdout).toBe('main 6\nthread 6\n');
    });
  });
}

test.each(engines.filter(({ name }) => name === 'webasm' || (name === 'webgpu' && reason === undefined)))(
  '$name: a plan that gpu.js runs by another executor is an error',
  async ({ name }) => {
    const engine = await createGpuEngine(name);
    // Nothing to compute, so nothing to fuse: gpu.js falls back to its generic executor.
    const trace = new Trace();
    trace.output('result', 'y', trace.input('batch', 'x', [2]));
    const plan = await engine.compile(trace.program('nothing'));
    await expect(collectOutputs(plan, { x: new Float32Array(2) })).rejects.toThrow(
      /as generic instead of .* no kernel steps/,
    );
    await engine.dispose();
  },
);

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
];

function modelInputs(program: Program, vocabulary: number): Tensors {
  const inputs = program.inputs.map((port, index) => {
    const { shape, type } = portType(program, port);
    const draws = Float32Array.from({ length: elements(shape) }, (_, i) => uniform(hashOf(3, index, i)));
    const data = type === 'int32' ? Int32Array.from(draws, (u) => u * vocabulary) : draws.map((u) => 2 * u - 1);
    return [port.name, data];
  });
  return Object.fromEntries(inputs);
}

function productProgram(): Program {
  const trace = new Trace();
  const [a, b] = [trace.input('batch', 'a', [1]), trace.input('batch', 'b', [1])];
  trace.output('result', 'y', trace.apply('multiply', { a, b }, {}).y);
  return trace.program('product');
}
