// The promise: the same spec, seed and engine give the same bits, for any number of workers and through any crash.

import { webgpuAbsence } from '@rondo/engine-gpu/testing';
import type { EngineName } from '@rondo/rnn-core';
import { afterEach, describe, expect, test } from 'vitest';
import { Cluster, workersIn } from './cluster.ts';

/** What is trained. SwiftShader takes 0.2 s for a shard of the larger model, so the slow engines get a smaller one. */
const sizes = {
  large: { steps: 40, layers: 2, sequence: 12, shards: 8 },
  small: { steps: 10, layers: 1, sequence: 4, shards: 4 },
};
const sizeOf = (engine: EngineName) => (engine === 'webasm' ? sizes.large : sizes.small);
const text = Array.from({ length: 400 }, (_, i) => `line ${i}: ${(i * i) % 997} times ${i % 13}\n`).join('');
const cells = ['lstm', 'gru'] as const;

function spec(cell: (typeof cells)[number], engine: EngineName, minWorkers: number): string {
  const { steps, layers, sequence, shards } = sizeOf(engine);
  return `
apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: ${cell} }
spec:
  task: language-model
  seed: 11
  data: { text: text.txt, unit: character, validation: 0.1 }
  model: { cell: ${cell}, layers: ${layers}, hidden: 12, embedding: 8, dropout: 0.2 }
  training:
    batch: 16
    sequence: ${sequence}
    shards: ${shards}
    stateful: true
    optimizer: { name: adam, learningRate: 0.01 }
    schedule: { name: cosine, warmup: 5 }
    clipNorm: 0.5
    steps: ${steps}
    validateEvery: ${steps / 2}
    checkpointEvery: ${steps / 5}
    minWorkers: ${minWorkers}
  engine: ${engine}
`;
}

let cluster: Cluster | undefined;
afterEach(() => cluster?.stop());

/** Submits both cells to a new cluster and returns the runs' names. */
async function submitBoth(engine: EngineName, minWorkers = 1): Promise<{ cluster: Cluster; runs: string[] }> {
  const started = await Cluster.start(text);
  cluster = started;
  const runs: string[] = [];
  for (const cell of cells) runs.push(await started.submit(spec(cell, engine, minWorkers)));
  return { cluster: started, runs };
}

async function finish(started: Cluster, engine: EngineName, runs: readonly string[]): Promise<string[]> {
  for (const run of runs) await started.untilFinished(run);
  return runs.map((run) => started.hashOf(run, sizeOf(engine).steps));
}

/** Hashes of both cells' final weights and states with one worker, computed once an engine. */
const expected = new Map<EngineName, Promise<string[]>>();
function withOneWorker(engine: EngineName): Promise<string[]> {
  const compute = async () => {
    const { cluster: started, runs } = await submitBoth(engine);
    await started.startWorkers(1, engine);
    const hashes = await finish(started, engine, runs);
    await started.stop();
    return hashes;
  };
  const known = expected.get(engine) ?? compute();
  expected.set(engine, known);
  return known;
}

async function withWorkers(engine: EngineName, count: number): Promise<void> {
  const hashes = await withOneWorker(engine);
  const { cluster: started, runs } = await submitBoth(engine, count);
  await started.startWorkers(count, engine);
  expect(await finish(started, engine, runs)).toEqual(hashes);
  for (const run of runs) {
    expect(workersIn(started.ledgerOf(run))).toEqual(Array.from({ length: count }, (_, i) => `w${i + 1}`));
  }
}

describe('webasm: the same bits', () => {
  test.each([2, 3, 5, 8])('with %i workers', (count) => withWorkers('webasm', count));

  test('with a worker that joins at step 10', async () => {
    const hashes = await withOneWorker('webasm');
    const { cluster: started, runs } = await submitBoth('webasm');
    const first = await started.startWorker('w1', 'webasm');
    for (const run of runs) {
      await started.untilStep(run, 10);
      if (started.workers.has('w2')) continue;
      // The first worker stands still until the second has joined, so that the run cannot end before.
      first.child.kill('SIGSTOP');
      await started.startWorker('w2', 'webasm');
      first.child.kill('SIGCONT');
    }
    expect(await finish(started, 'webasm', runs)).toEqual(hashes);
    const ledger = started.ledgerOf(runs[0]);
    expect(workersIn(ledger.slice(0, 10))).toEqual(['w1']);
    expect(workersIn(ledger)).toEqual(['w1', 'w2']);
  });

  test('with a worker killed at step 20', async () => {
    const hashes = await withOneWorker('webasm');
    const { cluster: started, runs } = await submitBoth('webasm');
    await started.startWorkers(2, 'webasm');
    await started.untilStep(runs[0], 20);
    await started.workers.get('w2')?.kill('SIGKILL');
    expect(await finish(started, 'webasm', runs)).toEqual(hashes);
    const ledger = started.ledgerOf(runs[0]);
    expect(workersIn(ledger.slice(0, 20))).toEqual(['w1', 'w2']);
    expect(workersIn(ledger.slice(-5))).toEqual(['w1']);
  });

  test('with a coordinator killed and started again', async () => {
    const hashes = await withOneWorker('webasm');
    const { cluster: started, runs } = await submitBoth('webasm');
    await started.startWorkers(2, 'webasm');
    await started.untilStep(runs[0], 15);
    await started.coordinator.kill('SIGKILL');
    await started.startCoordinator();
    expect(await finish(started, 'webasm', runs)).toEqual(hashes);
    expect(started.ledgerOf(runs[0])).toHaveLength(sizes.large.steps);
  });
});

describe.each(['cpu', 'cpu-portable', 'js', 'reference'] as const)('%s: the same bits', (engine) => {
  test('with 3 workers', () => withWorkers(engine, 3));
});

const absence = await webgpuAbsence();
describe.skipIf(absence !== undefined)(
  `webgpu: the same bits${absence === undefined ? '' : ` (skipped: ${absence})`}`,
  () => {
    test('with 3 workers', () => withWorkers('webgpu', 3));
  },
);
