// Faults of a forecast's spec, and of a regression's.

import { expect, test } from 'vitest';
import { formatFault } from './fault.ts';
import { parseJob } from './parse-job.ts';

function faultsOf(text: string): string[] {
  const result = parseJob(text, { file: 'job.yaml' });
  return 'faults' in result ? result.faults.map(formatFault) : [];
}

const forecaster = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: sales }
spec:
  task: forecasting
  seed: 7
  data: { train: sales.csv, targets: sold, past: 12 }
  model: { cell: gru, layers: 1, hidden: 8 }
  training: { batch: 8, shards: 2, optimizer: { name: adam }, epochs: 2 }
`;

test('a forecaster has its defaults', () => {
  const result = parseJob(forecaster, { file: 'job.yaml' });
  expect('job' in result && result.job.spec).toMatchObject({
    data: {
      targets: ['sold'],
      inputs: [],
      future: [],
      horizon: 1,
      stride: 1,
      validation: 0.1,
      log: false,
      scale: 'standard',
    },
    model: { output: 'last' },
    training: { loss: 'squared', delta: 1, metric: 'loss' },
  });
});

test.each<[what: string, text: string, faults: string[]]>([
  [
    'no column to forecast',
    forecaster.replace('sold,', '[],'),
    ['job.yaml:7:38 spec.data.targets: an empty list is wrong; expected at least one column'],
  ],
  [
    'a column twice',
    forecaster.replace('past: 12', 'past: 12, inputs: [a, a]'),
    ['job.yaml:7:62 spec.data.inputs: column "a" is named twice; leave it out once'],
  ],
  [
    'residual layers of which each forecast is told',
    forecaster.replace('hidden: 8', 'hidden: 8, output: every, residual: true'),
    [
      'job.yaml:8:70 spec.model.residual: with output: every all steps learn and the last state is judged, which has no input added to it; leave one of the two out',
    ],
  ],
  [
    'a delta of no Huber loss',
    forecaster.replace('epochs: 2', 'epochs: 2, delta: 2'),
    ['job.yaml:9:81 spec.training.delta: only loss: huber has one; leave it out'],
  ],
])('%s', (_, text, faults) => expect(faultsOf(text)).toEqual(faults));

const regression = forecaster
  .replace('task: forecasting', 'task: regression')
  .replace('targets: sold, past: 12', 'inputs: price, targets: sold');

test('a regression has its defaults', () => {
  const result = parseJob(regression, { file: 'job.yaml' });
  expect('job' in result && result.job.spec).toMatchObject({
    data: { inputs: ['price'], targets: ['sold'], format: 'table', split: 'random', scale: 'standard' },
    model: { output: 'last', bidirectional: false },
    training: { loss: 'squared', buckets: 4 },
  });
});

test('a regression of arrays needs their values, and has no columns', () => {
  expect(faultsOf(regression.replace('targets: sold', 'format: npy, validate: v.npy'))).toEqual([
    'job.yaml:7:9 spec.data.values: missing; the array of the values',
    'job.yaml:7:9 spec.data.validateValues: missing; the array of the values of validate',
    'job.yaml:7:37 spec.data.inputs: format npy has none; leave it out',
  ]);
});
