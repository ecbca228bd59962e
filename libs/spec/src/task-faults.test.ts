// Faults that depend on the task: a key of another one, and what its fields ask of each other.

import { expect, test } from 'vitest';
import { formatFault } from './fault.ts';
import { parseJob } from './parse-job.ts';
import { taskNames } from './schema.ts';
import { listOf } from './wording.ts';

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

/** `language-model, classification or …` */
const tasks = listOf(taskNames, 'or');

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
      `job.yaml:5:9 spec.task: "clasification" is wrong; expected ${tasks}, did you mean classification?`,
      'job.yaml:8:42 spec.model.hidden: 0 is wrong; expected a whole number from 1 to 16777216',
    ],
  ],
  ['no task', good.replace('  task: classification\n', ''), [`job.yaml:5:3 spec.task: missing; expected ${tasks}`]],
  [
    'a key of another task',
    good.replace('hidden: 8', 'hidden: 8, tied: true'),
    [
      'job.yaml:8:45 spec.model.tied: a key of language-model and translation, not of classification; classification takes cell, activation, reset, layers, hidden, projection, variational, recurrentDropout, normalization, residual, initializer, forgetBias, bidirectional, embedding, pooling, dropout and initial',
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

const translation = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: letters }
spec:
  task: translation
  seed: 7
  data: { train: a.tsv, source: en, target: de, unit: word }
  model: { cell: gru, layers: 1, hidden: 8, embedding: 4 }
  training: { batch: 8, shards: 2, optimizer: { name: adam }, epochs: 2 }
`;

test('a good translation has its defaults', () => {
  const result = parseJob(translation, { file: 'job.yaml' });
  expect('job' in result && result.job.spec).toMatchObject({
    data: { train: ['a.tsv'], validation: 0.1, minCount: 1 },
    model: { bidirectional: false, attention: 'general', dropout: 0, tied: false },
    training: { metric: 'loss', labelSmoothing: 0 },
  });
});

test.each<[what: string, text: string, faults: string[]]>([
  [
    'neither columns nor a file of what is written',
    translation.replace('source: en, target: de, ', ''),
    [
      'job.yaml:7:9 spec.data.source: missing; the column of what is read, of a table; or give targets, a file beside train',
      'job.yaml:7:9 spec.data.target: missing; the column of what is written, of a table; or give targets, a file beside train',
    ],
  ],
  [
    'columns beside a file of what is written, and validation without one',
    translation.replace('target: de', 'targets: b.txt, validate: c.txt'),
    [
      'job.yaml:7:9 spec.data.validateTargets: missing; what is written for the lines of validate',
      'job.yaml:7:33 spec.data.source: only a table has columns, and targets is given; leave it out',
    ],
  ],
  [
    'byte-pair units without merges',
    translation.replace('unit: word', 'unit: byte-pair'),
    ['job.yaml:7:9 spec.data.merges: missing; how many units are made of others, such as 2000'],
  ],
  [
    'merges of words',
    translation.replace('unit: word', 'unit: word, merges: 9'),
    ['job.yaml:7:69 spec.data.merges: only byte-pair has merges; leave it out'],
  ],
  [
    'products of states of unequal width',
    translation.replace('embedding: 4', 'embedding: 8, bidirectional: true, attention: dot'),
    [
      'job.yaml:8:91 spec.model.attention: dot compares states of one width, and those of both directions are twice as wide; take general, or set bidirectional to false',
    ],
  ],
  [
    'tied weights of unequal width',
    translation.replace('embedding: 4', 'embedding: 4, tied: true'),
    ['job.yaml:8:65 spec.model.tied: tied weights need embedding = hidden, and these are 4 and 8; make them equal'],
  ],
])('%s', (_, text, faults) => expect(faultsOf(text)).toEqual(faults));
