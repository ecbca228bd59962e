// Defaults, the order and the limit of faults, and that no text makes the parser throw.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatFault } from './fault.ts';
import { parseJob } from './parse-job.ts';

const good = readFileSync(new URL('good.test.yaml', import.meta.url), 'utf8');

function faultsOf(text: string, overrides: string[] = []): string[] {
  const result = parseJob(text, { file: 'job.yaml', overrides });
  return 'faults' in result ? result.faults.map(formatFault) : [];
}

function jobOf(text: string, overrides: string[] = []) {
  const result = parseJob(text, { file: 'job.yaml', overrides });
  if ('faults' in result) throw new Error(result.faults.map(formatFault).join('\n'));
  return result.job;
}

test('fills in the documented defaults', () => {
  expect(jobOf(good).spec).toEqual({
    task: 'language-model',
    seed: 7,
    data: { text: ['a.txt', 'b/*.txt'], unit: 'character', validation: 0.1 },
    model: {
      cell: 'lstm',
      activation: 'tanh',
      reset: 'after',
      layers: 2,
      hidden: 256,
      variational: false,
      recurrentDropout: 0,
      normalization: 'none',
      residual: false,
      initializer: 'uniform',
      embedding: 128,
      dropout: 0,
      tied: false,
    },
    training: {
      batch: 128,
      sequence: 64,
      shards: 4,
      stateful: false,
      optimizer: { name: 'adam', learningRate: 0.001, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0 },
      schedule: { name: 'constant', warmup: 0 },
      gradients: 'float32',
      steps: 2000,
      validateEvery: 200,
      checkpointEvery: 200,
      metric: 'loss',
      keep: 3,
      minWorkers: 1,
      mixed: false,
      audit: 0,
    },
    engine: 'auto',
  });
});

test('what people write for kubectl into the metadata is no part of the job', () => {
  const metadata = 'metadata: { name: char-lm, namespace: n, labels: { team: a }, annotations: { note: b } }';
  expect(jobOf(good.replace('metadata: { name: char-lm }', metadata))).toEqual(jobOf(good));
});

test.each([
  ['sgd', { learningRate: 0.001, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 }],
  ['rmsprop', { learningRate: 0.01, alpha: 0.99, epsilon: 1e-8, momentum: 0, weightDecay: 0 }],
  ['adamw', { learningRate: 0.001, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 }],
])("%s has PyTorch's defaults", (name, defaults) => {
  expect(jobOf(good.replace('adam', name)).spec.training.optimizer).toEqual({ name, ...defaults });
});

test('a single text is a list of one', () => {
  expect(jobOf(good.replace('[a.txt, "b/*.txt"]', 'a.txt')).spec.data).toMatchObject({ text: ['a.txt'] });
});

test('all faults come at once, in the order of the file, then the overrides', () => {
  const text = good.replace('seed: 7', 'seed: -7').replace('layers: 2', 'layer: 2').replace('batch: 128', 'batch: 7');
  expect(faultsOf(text, ['training.stepz=3'])).toEqual([
    'job.yaml:6:9 spec.seed: -7 is wrong; expected a whole number from 0 to 9007199254740991',
    'job.yaml:11:5 spec.model.layers: missing; expected a whole number from 1 to 1000',
    'job.yaml:12:5 spec.model.layer: unknown key, did you mean layers?',
    'job.yaml:16:12 spec.training.batch: 4 shards do not divide a batch of 7; 4 or 8 would do',
    '--set training.stepz=3: unknown key, did you mean training.steps?',
  ]);
});

test('faults, values and keys are limited', () => {
  const keys = Array.from({ length: 200 }, (_, i) => `k${i}: 3`).join('\n');
  const faults = faultsOf(keys);
  expect(faults).toHaveLength(101);
  expect(faults.at(-1)).toMatch(/^job\.yaml:97:1: 104 more faults from here on/);
  expect(faultsOf('a: 1\n'.repeat(12_000))).toEqual([
    'job.yaml:1:1: more than 20000 tokens; a spec is small, name files by a glob',
  ]);
});

test('a later fault finds its line', () => {
  const result = parseJob(good, { file: 'job.yaml', overrides: ['model.initial=w.safetensors'] });
  if ('faults' in result) throw new Error('faults');
  expect(formatFault(result.faultAt('spec.data.text[1]', 'matches no file'))).toBe(
    'job.yaml:8:19 spec.data.text[1]: matches no file',
  );
  expect(formatFault(result.faultAt('spec.model.initial', 'no such file'))).toBe(
    '--set model.initial=w.safetensors: no such file',
  );
});

test('no text and no override makes it throw', () => {
  const lines = fc.constantFrom(...good.split('\n'), '&a [*a]', '? {a: 1}', '%YAML 1.1', '<<: *x', '- !!set {a}', '\t');
  const mangled = fc.array(fc.oneof(lines, fc.string()), { maxLength: 30 }).map((parts) => parts.join('\n'));
  const override = fc.oneof(
    fc.string(),
    fc.tuple(fc.string(), fc.string()).map(([a, b]) => `model.${a}=${b}`),
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), mangled),
      fc.array(override, { maxLength: 3 }),
      (text, overrides) => {
        const result = parseJob(text, { file: 'f', overrides });
        const lines = 'faults' in result ? result.faults.map(formatFault) : [result.job.kind];
        expect(lines.length).toBeGreaterThan(0);
        expect(lines.every((line) => line.length > 0)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});
