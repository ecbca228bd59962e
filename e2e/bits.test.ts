// The promise: the same spec, seed and engine give the same bits, for any number of workers and through any crash.

import { webgpuAbsence } from '@rondo/engine-gpu/testing';
import type { EngineName } from '@rondo/rnn-core';
import type { GradientType } from '@rondo/spec';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Cluster, workersIn } from './cluster.ts';

/** What is trained: for long where workers come and go meanwhile; shortly where SwiftShader computes. */
const sizes = {
  large: { steps: 100, layers: 2, sequence: 12, shards: 8 },
  small: { steps: 10, layers: 1, sequence: 4, shards: 4 },
  least: { steps: 5, layers: 1, sequence: 3, shards: 4 },
};
const text = Array.from({ length: 400 }, (_, i) => `line ${i}: ${(i * i) % 997} times ${i % 13}\n`).join('');

/** What is trained with which arithmetic: an engine, a cell, and what gradients are rounded to on their way. */
interface Training {
  readonly engine: EngineName;
  readonly cell: 'lstm' | 'gru';
  readonly gradients: GradientType;
  readonly size: (typeof sizes)[keyof typeof sizes];
}

function spec({ engine, cell, gradients, size }: Training, minWorkers: number): string {
  const { steps, layers, sequence, shards } = size;
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
    validateEvery: ${Math.ceil(steps / 2)}
    checkpointEvery: ${steps / 5}
    gradients: ${gradients}
    minWorkers: ${minWorkers}
  engine: ${engine}
`;
}

/** @returns the runs' names. */
async function submitAll(cluster: Cluster, trainings: readonly Training[], minWorkers = 1): Promise<string[]> {
  const runs: string[] = [];
  for (const training of trainings) runs.push(await cluster.submit(spec(training, minWorkers)));
  return runs;
}

async function finish(cluster: Cluster, [{ size }]: readonly Training[], runs: readonly string[]): Promise<string[]> {
  for (const run of runs) await cluster.untilFinished(run);
  return runs.map((run) => cluster.hashOf(run, size.steps));
}

/** One coordinator for all of these trainings, of one engine; who works for it changes from test to test. */
function withOneCoordinator(trainings: readonly Training[]) {
  const [{ engine }] = trainings;
  let cluster: Cluster;
  /** Hashes of all runs' final weights and states with one worker of one thread. */
  let hashes: string[];
  beforeAll(async () => {
    cluster = await Cluster.start(text);
    const runs = await submitAll(cluster, trainings);
    await cluster.startWorkers([1], engine);
    hashes = await finish(cluster, trainings, runs);
    await cluster.stopWorkers();
  });
  afterAll(() => cluster.stop());
  return {
    hashes: () => hashes,
    /** @param threads of each worker. */
    withWorkers: async (threads: readonly number[]): Promise<void> => {
      const runs = await submitAll(cluster, trainings, threads.length);
      await cluster.startWorkers(threads, engine);
      expect(await finish(cluster, trainings, runs)).toEqual(hashes);
      for (const run of runs) expect(workersIn(cluster.ledgerOf(run))).toEqual(threads.map((_, i) => `w${i + 1}`));
      await cluster.stopWorkers();
    },
  };
}

/** The engine whose workers start the fastest. */
const long: Training[] = [{ engine: 'cpu-portable', cell: 'lstm', gradients: 'float32', size: sizes.large }];

describe('the same bits', () => {
  const { hashes, withWorkers } = withOneCoordinator(long);
  /** Of a test in which somebody comes or goes. */
  let own: Cluster | undefined;
  afterEach(async () => {
    await own?.stop();
    own = undefined;
  });
  const startOwn = async () => {
    const started = await Cluster.start(text);
    own = started;
    return { started, runs: await submitAll(started, long) };
  };

  test('with 8 workers', () => withWorkers(Array(8).fill(1)));

  test('with a worker that joins at step 10', async () => {
    const { started, runs } = await startOwn();
    const first = await started.startWorker('w1', 'cpu-portable');
    for (const run of runs) {
      await started.untilStep(run, 10);
      if (started.workers.has('w2')) continue;
      // The first worker stands still until the second has joined, so that the run cannot end before.
      first.child.kill('SIGSTOP');
      await started.startWorker('w2', 'cpu-portable');
      first.child.kill('SIGCONT');
    }
    expect(await finish(started, long, runs)).toEqual(hashes());
    const ledger = started.ledgerOf(runs[0]);
    expect(workersIn(ledger.slice(0, 10))).toEqual(['w1']);
    expect(workersIn(ledger)).toEqual(['w1', 'w2']);
  });

  test('with a worker killed at step 20', async () => {
    const { started, runs } = await startOwn();
    await started.startWorkers([1, 1], 'cpu-portable');
    await started.untilStep(runs[0], 20);
    await started.workers.get('w2')?.kill('SIGKILL');
    expect(await finish(started, long, runs)).toEqual(hashes());
    const ledger = started.ledgerOf(runs[0]);
    expect(workersIn(ledger.slice(0, 20))).toEqual(['w1', 'w2']);
    expect(workersIn(ledger.slice(-5))).toEqual(['w1']);
  });

  test('with a coordinator killed and started again', async () => {
    const { started, runs } = await startOwn();
    await started.startWorkers([1, 1], 'cpu-portable');
    await started.untilStep(runs[0], 15);
    await started.coordinator.kill('SIGKILL');
    await started.startCoordinator();
    expect(await finish(started, long, runs)).toEqual(hashes());
    expect(started.ledgerOf(runs[0])).toHaveLength(sizes.large.steps);
    // Each worker compiled the two programs of each run once: it kept them when it lost the coordinator.
    for (const { log } of started.workers.values()) {
      expect(log.filter(({ msg }) => msg === 'connected')).toHaveLength(2);
      expect(log.filter(({ msg }) => msg === 'compiled')).toHaveLength(2 * runs.length);
    }
  });
});

const cells = ['lstm', 'gru'] as const;
const inFloat32 = (engine: EngineName, size: Training['size']): Training[] =>
  cells.map((cell) => ({ engine, cell, gradients: 'float32', size }));

describe.each(['webasm', 'js', 'reference'] as const)('%s: the same bits', (engine) => {
  const { withWorkers } = withOneCoordinator(inFloat32(engine, sizes.small));
  test('with 2 workers', () => withWorkers([1, 1]));
});

describe.each(['cpu', 'cpu-portable'] as const)('%s: the same bits, with gradients of any format', (engine) => {
  const { hashes, withWorkers } = withOneCoordinator([
    ...inFloat32(engine, sizes.small),
    { engine, cell: 'lstm', gradients: 'float16', size: sizes.small },
    { engine, cell: 'lstm', gradients: 'bfloat16', size: sizes.small },
  ]);

  test('with workers of 3 threads, of 2 and of 1', () => withWorkers([3, 2, 1]));

  test('formats differ in their bits: what is asked for is what is computed', () => {
    expect(new Set(hashes()).size).toBe(4);
  });
});

const absence = await webgpuAbsence();
describe.skipIf(absence !== undefined)(
  `webgpu: the same bits${absence === undefined ? '' : ` (skipped: ${absence})`}`,
  () => {
    const { withWorkers } = withOneCoordinator(inFloat32('webgpu', sizes.least));
    test('with 2 workers', () => withWorkers([1, 1]));
  },
);
