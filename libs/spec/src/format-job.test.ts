// A job survives its YAML; differences between jobs; the shipped examples; the JSON Schema.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatJob, jobDifferences } from './format-job.ts';
import type { JobSpec, ScheduleSpec, TextData, TrainingJob } from './job.ts';
import { parseJob } from './parse-job.ts';
import { jobSchema } from './schema.ts';

const examples = new URL('../../../examples/', import.meta.url);

function jobOf(text: string): TrainingJob {
  const result = parseJob(text, { file: 'job.yaml' });
  if ('faults' in result) throw new Error(JSON.stringify(result.faults, undefined, 1));
  return result.job;
}

const example = jobOf(readFileSync(new URL('char-lm.yaml', examples), 'utf8'));

function change(job: TrainingJob, { model = {}, training = {} }: { model?: object; training?: object }): TrainingJob {
  const spec = { ...job.spec, model: { ...job.spec.model, ...model }, training: { ...job.spec.training, ...training } };
  return { ...job, spec: spec as JobSpec };
}

const specs = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
test.each(specs)('examples/%s is a good spec', (name) => {
  const job = jobOf(readFileSync(new URL(name, examples), 'utf8'));
  expect(jobOf(formatJob(job))).toEqual(job);
  expect(formatJob(job)).not.toContain('undefined');
});

test('every job parses back from its YAML', () => {
  const positive = fc.double({ min: 1e-12, max: 1e12, noNaN: true });
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const schedules: fc.Arbitrary<ScheduleSpec> = fc.oneof(
    fc.record({ name: fc.constant('constant'), warmup: fc.nat() }),
    fc.record({ name: fc.constantFrom('cosine', 'linear'), warmup: fc.nat() }),
    fc.record({ name: fc.constant('step'), warmup: fc.nat(), every: fc.constant(30), gamma: positive }),
  );
  const jobs = fc
    .record({
      text: fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1 }),
      initial: fc.string({ minLength: 1, unit: 'binary-ascii' }),
      cell: fc.constantFrom('lstm', 'gru', 'rnn'),
      seed: fc.maxSafeNat(),
      dropout: share,
      clipNorm: positive,
      gradients: fc.constantFrom('float32', 'float16', 'bfloat16'),
      schedule: schedules,
    })
    .map(({ text, initial, cell, seed, dropout, clipNorm, gradients, schedule }) => {
      const job = change(example, { model: { initial, cell, dropout }, training: { clipNorm, gradients, schedule } });
      return { ...job, spec: { ...job.spec, seed, data: { ...job.spec.data, text } as TextData } as JobSpec };
    });
  fc.assert(
    fc.property(jobs, (job) => {
      expect(jobOf(formatJob(job))).toEqual(job);
    }),
  );
});

test('an activation and a reset gate are written for the cell that has them', () => {
  expect(formatJob(change(example, { model: { cell: 'rnn', activation: 'relu' } }))).toContain('activation: relu');
  expect(formatJob(change(example, { model: { cell: 'gru', reset: 'before' } }))).toContain('reset: before');
  expect(formatJob(example)).not.toMatch(/activation|reset/);
});

describe('jobDifferences', () => {
  test('names what differs', () => {
    const other = change(example, { model: { hidden: 9, initial: 'w' }, training: { batch: 8 } });
    expect(jobDifferences(example, other)).toEqual(['spec.model.hidden', 'spec.model.initial', 'spec.training.batch']);
    expect(jobDifferences(example, change(example, { training: { gradients: 'float16' } }))).toEqual([
      'spec.training.gradients',
    ]);
    const { spec } = example;
    expect(
      jobDifferences(example, { ...example, spec: { ...spec, data: { ...spec.data, text: ['a', 'b'] } } as JobSpec }),
    ).toEqual(['spec.data.text[0]', 'spec.data.text[1]']);
  });

  test("leaves out the run's length and a schedule's length that the run wrote in", () => {
    const wanted = change(example, { training: { schedule: { name: 'cosine', warmup: 100 } } });
    const run = change(example, { training: { schedule: { name: 'cosine', warmup: 100, steps: 2000 } } });
    expect(jobDifferences(run, change(wanted, { training: { steps: undefined, epochs: 3 } }))).toEqual([]);
    const longer = change(example, { training: { schedule: { name: 'cosine', warmup: 100, steps: 3000 } } });
    expect(jobDifferences(run, longer)).toEqual(['spec.training.schedule.steps']);
    const linear = change(example, { training: { schedule: { name: 'linear', warmup: 100 } } });
    expect(jobDifferences(run, linear)).toEqual(['spec.training.schedule.name']);
  });
});

test('the JSON Schema closes mappings and asks for what has no default', () => {
  expect(jobSchema()).toMatchObject({
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    additionalProperties: false,
    properties: { spec: { oneOf: expect.any(Array) } },
  });
  const { spec } = jobSchema().properties as { spec: { oneOf: object[] } };
  for (const task of spec.oneOf) {
    expect(task).toMatchObject({
      required: ['task', 'seed', 'data', 'model', 'training'],
      additionalProperties: false,
    });
  }
});
