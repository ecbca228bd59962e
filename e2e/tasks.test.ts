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
    expect(Object.keys(one.scores ?? {}).length).toBeGreaterThan(0);
    expect([workers.length, four.length]).toEqual([1, 4]);
  }
}, 60_000);
