// Faults of a forecast's spec.

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
    forecaster.replace('past: 12', 'past: 12, inputs: [sold]'),
    ['job.yaml:7:62 spec.data.inputs: column "sold" is named twice; leave it out here'],
  ],
  [
    'a delta of no Huber loss',
    forecaster.replace('epochs: 2', 'epochs: 2, delta: 2'),
    ['job.yaml:9:81 spec.training.delta: only loss: huber has one; leave it out'],
  ],
])('%s', (_, text, faults) => expect(faultsOf(text)).toEqual(faults));
