// Faults that depend on the task: a key of another one, and what its fields ask of each other.

import { expect, test } from 'vitest';
import { formatFault } from './fault.ts';
import { parseJob } from './parse-job.ts';

const good = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: reviews }
spec:
  task: classification
  seed: 7
  data: { train: reviews.csv, input: text, label: stars, unit: word }
  model: { cell: gru, layers: 1, hidden: 8, embedding: 4 }
  training: { batch: 8, shards: 2, optimizer: { name: adam }, epochs: 2 }
`;

function faultsOf(text: string): string[] {
  const result = parseJob(text, { file: 'job.yaml' });
  return 'faults' in result ? result.faults.map(formatFault) : [];
}

test('a good one has its defaults', () => {
  const result = parseJob(good, { file: 'job.yaml' });
  expect('job' in result && result.job.spec).toMatchObject({
    task: 'classification',
    data: { train: ['reviews.csv'], format: 'table', validation: 0.1, split: 'random', longest: 1000, minCount: 1 },
    model: { bidirectional: false, pooling: 'last', dropout: 0 },
    training: { metric: 'loss', buckets: 4, classWeights: 'none', labelSmoothing: 0 },
  });
});

test.each<[what: string, text: string, faults: string[]]>([
  [
    'a task that was probably meant, and what is wrong beside it',
    good.replace('classification', 'clasification').replace('hidden: 8', 'hidden: 0'),
    [
      'job.yaml:5:9 spec.task: "clasification" is wrong; expected language-model or classification, did you mean classification?',
      'job.yaml:8:42 spec.model.hidden: 0 is wrong; expected a whole number from 1 to 16777216',
    ],
  ],
  [
    'no task',
    good.replace('  task: classification\n', ''),
    ['job.yaml:5:3 spec.task: missing; expected language-model or classification'],
  ],
  [
    'a key of another task',
    good.replace('hidden: 8', 'hidden: 8, tied: true'),
    [
      'job.yaml:8:45 spec.model.tied: a key of language-model, not of classification; classification takes cell, activation, reset, layers, hidden, projection, variational, recurrentDropout, normalization, residual, initializer, forgetBias, bidirectional, embedding, pooling, dropout and initial',
    ],
  ],
  [
    'a key of none',
    good.replace('unit: word', 'unit: word, lable: x'),
    ['job.yaml:7:70 spec.data.lable: unknown key, did you mean labels?'],
  ],
  [
    'columns that a table needs',
    good.replace('input: text, label: stars, ', ''),
    [
      'job.yaml:7:9 spec.data.input: missing; the column of the sequences',
      'job.yaml:7:9 spec.data.label: missing; the column of the classes',
    ],
  ],
  [
    'a text without an embedding',
    good.replace(', embedding: 4', ''),
    ['job.yaml:8:10 spec.model.embedding: missing; the width of the embedding of a symbol, such as 64'],
  ],
  [
    'an embedding without a text',
    good.replace(', unit: word', ''),
    ['job.yaml:8:56 spec.model.embedding: only texts have one, and data has no unit; leave it out, or set data.unit'],
  ],
  [
    'images without labels',
    good.replace('input: text, label: stars, unit: word', 'format: idx').replace(', embedding: 4', ''),
    ['job.yaml:7:9 spec.data.labels: missing; the file of the classes'],
  ],
  [
    'two validations',
    good.replace('unit: word', 'unit: word, validate: b.csv, validation: 0.2'),
    ['job.yaml:7:99 spec.data.validation: validate is given too; keep one of the two'],
  ],
  [
    'patience without a validation',
    good.replace('unit: word', 'unit: word, validation: 0').replace('epochs: 2', 'epochs: 2, patience: 3'),
    ['job.yaml:9:84 spec.training.patience: needs a validation, and data.validation is 0; leave one of the two out'],
  ],
])('%s', (_, text, faults) => expect(faultsOf(text)).toEqual(faults));
