// Every task beside the language model: the same weights and scores with one worker and with four, from files that a spec names.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLog, runPaths } from '@rondo/storage';
import { afterEach, expect, test } from 'vitest';
import { Cluster, workersIn } from './cluster.ts';

interface TaskCase {
  readonly name: string;
  /** By name, below the data root. */
  readonly files: Readonly<Record<string, string>>;
  /** The spec's task, data, model, and what it says of training beside what all say. */
  readonly task: string;
}

const rows = <T>(count: number, row: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => row(i));

const cases: readonly TaskCase[] = [
  {
    name: 'classification',
    files: {
      'reviews.csv': `text,label\n${rows(90, (i) => `"${rows(1 + (i % 7), (j) => `w${(i * 7 + j * j) % 11}`).join(' ')}",${i % 3 === 0 ? 'good' : 'bad'}\n`).join('')}`,
    },
    task: `
  task: classification
  data: { train: reviews.csv, input: text, label: label, unit: word, validation: 0.2 }
  model: { cell: lstm, layers: 1, hidden: 8, bidirectional: true, embedding: 6, dropout: 0.2 }
  training: { metric: accuracy, classWeights: balanced, labelSmoothing: 0.1, buckets: 3,`,
  },
  {
    name: 'translation',
    files: {
      'pairs.tsv': `en\tde\n${rows(60, (i) => `${rows(1 + (i % 5), (j) => `a${(i * 3 + j * j) % 7}`).join(' ')}\t${rows(1 + (i % 5), (j) => `b${(i + j) % 7}`).join(' ')}\n`).join('')}`,
    },
    task: `
  task: translation
  data: { train: pairs.tsv, source: en, target: de, unit: word, validation: 0.2 }
  model: { cell: lstm, layers: 2, hidden: 8, bidirectional: true, embedding: 6, attention: general, dropout: 0.2,
    projection: 4, variational: true, recurrentDropout: 0.2, normalization: layer, residual: true, initializer: glorot, forgetBias: 1 }
  training: { labelSmoothing: 0.1, buckets: 3,`,
  },
  {
    name: 'forecasting',
    files: { 'wave.csv': `y,z\n${rows(120, (t) => `${(t % 12) ** 2 + (t % 7)},${t % 5}\n`).join('')}` },
    task: `
  task: forecasting
  data: { train: wave.csv, targets: [y, z], past: 6, horizon: 2, difference: 1, season: 12, validation: 0.3 }
  model: { cell: gru, layers: 2, hidden: 6, output: every, dropout: 0.1, variational: true, normalization: layer, recurrentDropout: 0.2 }
  training: { metric: rmse, loss: huber,`,
  },
  {
    name: 'tagging',
    files: {
      'names.conll': rows(90, (i) => {
        const words = rows(1 + (i % 6), (j) => (i * 5 + j * j) % 13);
        return `${words.map((word) => `w${'x'.repeat(word)}\t${word % 4 === 0 ? 'B-name' : 'O'}\n`).join('')}\n`;
      }).join(''),
    },
    task: `
  task: tagging
  data: { train: names.conll, validation: 0.2, minCount: 2 }
  model: { cell: lstm, layers: 1, hidden: 8, embedding: 6, dropout: 0.2, characters: { embedding: 4, hidden: 5 },
    projection: 4, variational: true, normalization: layer, initializer: orthogonal }
  training: { metric: f1, buckets: 3,`,
  },
  {
    name: 'regression',
    files: {
      'sums.jsonl': rows(80, (i) => {
        const a = rows(3 + (i % 6), (t) => ((i * 7 + t * t) % 13) / 13);
        return `${JSON.stringify({ a, b: a.map((_, t) => t % 2), sum: a.reduce((sum, value) => sum + value, 0) })}\n`;
      }).join(''),
    },
    task: `
  task: regression
  data: { train: sums.jsonl, inputs: [a, b], targets: sum, validation: 0.2 }
  model: { cell: gru, layers: 1, hidden: 8, bidirectional: true, output: mean, dropout: 0.1, variational: true, normalization: layer, residual: true }
  training: { metric: mse, buckets: 3,`,
  },
  {
    name: 'stack',
    files: {
      'steps.jsonl': rows(60, (i) => `{"v": [${rows(2 + (i % 5), (j) => ((i + j) % 7) - 3)}], "c": "${i % 3}"}\n`).join(
        '',
      ),
    },
    task: `
  task: classification
  data: { train: steps.jsonl, input: v, label: c, validation: 0.2 }
  model: { cell: lstm, layers: 2, hidden: 8, projection: 4, bidirectional: true, pooling: attention, dropout: 0.2,
    variational: true, recurrentDropout: 0.3, normalization: layer, residual: true, initializer: orthogonal, forgetBias: 1 }
  training: { clipValue: 0.05,`,
  },
];

const spec = ({ name, task }: TaskCase, minWorkers: number) => `
apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: ${name} }
spec:
  seed: 11
  engine: cpu-portable${task} batch: 16, shards: 4, optimizer: { name: adam, learningRate: 0.01 }, clipNorm: 1,
    epochs: 3, validateEvery: 5, checkpointEvery: 5, minWorkers: ${minWorkers} }
`;

let cluster: Cluster | undefined;
afterEach(() => cluster?.stop());

/** What every case's run gave: its weights, its validations. */
async function trainAll(workers: number) {
  const started = await Cluster.start('');
  cluster = started;
  for (const { files } of cases) {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(started.folder, name), text);
  }
  const runs: string[] = [];
  for (const one of cases) runs.push(await started.submit(spec(one, workers)));
  await started.startWorkers(Array(workers).fill(1), 'cpu-portable');
  for (const run of runs) await started.untilFinished(run);
  const results = await Promise.all(
    runs.map(async (run) => {
      const { step, scores } = await started.status(run);
      const validations = readLog(runPaths(started.runFolder(run)).metrics)
        .map((line) => JSON.parse(line))
        .filter(({ split }) => split === 'validation')
        .map(({ step: at, loss, scores: given }) => ({ step: at, loss, scores: given }));
      const ledger = started.ledgerOf(run, { feeds: 'examples', batch: 16, shards: 4 });
      return { run, step, scores, validations, hash: started.hashOf(run, step), workers: workersIn(ledger) };
    }),
  );
  await started.stop();
  return results;
}

test('one worker and four give the same weights and scores', async () => {
  const alone = await trainAll(1);
  const together = await trainAll(4);
  for (const [i, { workers, ...one }] of alone.entries()) {
    const { workers: four, ...other } = together[i];
    expect(other).toEqual(one);
    expect(one.validations.length).toBeGreaterThan(0);
    expect([workers.length, four.length]).toEqual([1, 4]);
  }
}, 180_000);
