// Overrides of a spec's fields: what they set, and faults that name them.

import { expect, test } from 'vitest';
import { formatFault } from './fault.ts';
import { formatJob } from './format-job.ts';
import { parseJob } from './parse-job.ts';

const spec = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: tiny }
spec:
  task: language-model
  seed: 7
  data: { text: a.txt, unit: character }
  model: { cell: lstm, layers: 1, hidden: 8, embedding: 8 }
  training: { batch: 8, sequence: 4, shards: 4, optimizer: { name: adam }, steps: 20 }
`;

function jobOf(text: string, overrides: string[]) {
  const result = parseJob(text, { file: 'job.yaml', overrides });
  if ('faults' in result) throw new Error(result.faults.map(formatFault).join('\n'));
  return result.job;
}

function faultsOf(overrides: string[]): string[] {
  const result = parseJob(spec, { file: 'job.yaml', overrides });
  return 'faults' in result ? result.faults.map(formatFault) : [];
}

test('set values, replace whole mappings and make those that are missing', () => {
  const job = jobOf(spec, [
    'model.hidden=32',
    'training.optimizer={ name: sgd, momentum: 0.9 }',
    'training.schedule.name=cosine',
    'training.schedule.warmup=10',
    'engine=js',
  ]);
  expect(job.spec.model.hidden).toBe(32);
  expect(job.spec.training.optimizer).toMatchObject({ name: 'sgd', momentum: 0.9 });
  expect(job.spec.training.schedule).toEqual({ name: 'cosine', warmup: 10 });
  expect(job.spec.engine).toBe('js');
});

test('steps replace epochs and the other way round; the later of two values wins', () => {
  const byEpochs = jobOf(spec, ['training.epochs=3']);
  expect(byEpochs.spec.training).toMatchObject({ epochs: 3 });
  expect(byEpochs.spec.training.steps).toBeUndefined();
  const bySteps = jobOf(formatJob(byEpochs), ['training.steps=4', 'training.steps=5']);
  expect(bySteps.spec.training.steps).toBe(5);
  expect(bySteps.spec.training.epochs).toBeUndefined();
});

test.each([
  ['training.stepz=3', 'unknown key, did you mean training.steps?'],
  ['model.hidden=big', '"big" is wrong; expected a whole number from 1 to 16777216'],
  ['steps', 'expected a.b=value, such as training.steps=100'],
  ['training..steps=1', 'expected a.b=value, such as training.steps=100'],
  ['spec.training.steps=1', 'paths start below spec; write training.steps='],
  ['model.hidden.size=1', 'nothing can be set there: what holds size is no mapping'],
  ['data.text=*.txt', 'an alias; write the value out, or quote a text that starts with *'],
  ['data.text=[a, 3]', 'spec.data.text[1]: 3 is wrong; expected a file or a glob'],
  ['__proto__.hidden=1', 'spec.__proto__: unknown key, expected task, seed, data, model, training or engine'],
  ['data.unit="x', 'not valid YAML: Missing closing "quote'],
  ['training.batch=6', '4 shards do not divide a batch of 6; 4 or 8 would do'],
])('%s is refused by its name', (override, message) => {
  expect(faultsOf([override])).toEqual([`--set ${override}: ${message}`]);
});

test('a path without end is refused', () => {
  expect(faultsOf([`${'a.'.repeat(400)}b=1`])[0]).toMatch(/: expected a\.b=value, such as training\.steps=100$/);
});

test('steps and epochs by overrides are a fault', () => {
  expect(faultsOf(['training.steps=3', 'training.epochs=3'])).toEqual([
    '--set training.epochs=3: steps is given too; keep one of the two',
  ]);
});

test('are limited in number and length', () => {
  expect(faultsOf(Array.from({ length: 101 }, () => 'engine=js'))).toEqual([
    'job.yaml:1:1: 101 overrides, at most 100 are taken; write them into the spec',
  ]);
  expect(faultsOf(['engine=js', `engine=${'x'.repeat(1000)}`])).toEqual([
    'job.yaml:1:1: override 2 has 1007 characters, at most 1000 are taken; write it into the spec',
  ]);
});
