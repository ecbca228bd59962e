// The promise: the same spec, seed and engine give the same bits, for any number of workers and through any crash.

import { webgpuAbsence } from '@rondo/engine-gpu/testing';
import type { EngineName } from '@rondo/rnn-core';
import type { GradientType } from '@rondo/spec';
import { afterEach, describe, expect, test } from 'vitest';
import { Cluster, workersIn } from './cluster.ts';

/** What is trained. SwiftShader takes 0.2 s for a shard of the largest model, so the slow engines get a smaller one. */
const sizes = {
  large: { steps: 40, layers: 2, sequence: 12, shards: 8 },
  small: { steps: 10, layers: 1, sequence: 4, shards: 4 },
  least: { steps: 5, layers: 1, sequence: 3, shards: 4 },
};
const sizeOf = (engine: EngineName) =>
  engine === 'webasm' ? sizes.large : engine === 'webgpu' ? sizes.least : sizes.small;
const text = Array.from({ length: 400 }, (_, i) => `line ${i}: ${(i * i) % 997} times ${i % 13}\n`).join('');
const cells = ['lstm', 'gru'] as const;

/** An arithmetic to hold to: an engine, and what gradients are rounded to on their way. */
interface Arithmetic {
  readonly engine: EngineName;
  readonly gradients: GradientType;
}

function spec(cell: (typeof cells)[number], { engine, gradients }: Arithmetic, minWorkers: number): string {
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
    validateEvery: ${Math.ceil(steps / 2)}
    checkpointEvery: ${steps / 5}
    gradients: ${gradients}
    minWorkers: ${minWorkers}
  engine: ${engine}
`;
}

let cluster: Cluster | undefined;
afterEach(() => cluster?.stop());

/** Submits both cells in each arithmetic, all of one engine, to a new cluster and returns the runs' names. */
async function submitAll(
  arithmetics: readonly Arithmetic[],
  minWorkers = 1,
): Promise<{ cluster: Cluster; runs: string[] }> {
  const started = await Cluster.start(text);
  cluster = started;
  const runs: string[] = [];
  for (const arithmetic of arithmetics) {
    for (const cell of cells) runs.push(await started.submit(spec(cell, arithmetic, minWorkers)));
  }
  return { cluster: started, runs };
}

async function finish(started: Cluster, [{ engine }]: readonly Arithmetic[], runs: readonly string[]) {
  for (const run of runs) await started.untilFinished(run);
  return runs.map((run) => started.hashOf(run, sizeOf(engine).steps));
}

/** Hashes of all runs' final weights and states with one worker of one thread, computed once. */
const expected = new Map<string, Promise<string[]>>();
function withOneWorker(arithmetics: readonly Arithmetic[]): Promise<string[]> {
  const compute = async () => {
    const { cluster: started, runs } = await submitAll(arithmetics);
    await started.startWorkers([1], arithmetics[0].engine);
    const hashes = await finish(started, arithmetics, runs);
    await started.stop();
    return hashes;
  };
  const key = JSON.stringify(arithmetics);
  const known = expected.get(key) ?? compute();
  expected.set(key, known);
  return known;
}

/** @param threads of each worker. */
async function withWorkers(arithmetics: readonly Arithmetic[], threads: readonly number[]): Promise<void> {
  const hashes = await withOneWorker(arithmetics);
  const { cluster: started, runs } = await submitAll(arithmetics, threads.length);
  await started.startWorkers(threads, arithmetics[0].engine);
  expect(await finish(started, arithmetics, runs)).toEqual(hashes);
  for (const run of runs) expect(workersIn(started.ledgerOf(run))).toEqual(threads.map((_, i) => `w${i + 1}`));
}

const inFloat32 = (engine: EngineName): Arithmetic[] => [{ engine, gradients: 'float32' }];
const webasm = inFloat32('webasm');

describe('webasm: the same bits', () => {
  test.each([3, 8])('with %i workers', (count) => withWorkers(webasm, Array(count).fill(1)));

  test('with a worker that joins at step 10', async () => {
    const hashes = await withOneWorker(webasm);
    const { cluster: started, runs } = await submitAll(webasm);
    const first = await started.startWorker('w1', 'webasm');
    for (const run of runs) {
      await started.untilStep(run, 10);
      if (started.workers.has('w2')) continue;
      // The first worker stands still until the second has joined, so that the run cannot end before.
      first.child.kill('SIGSTOP');
      await started.startWorker('w2', 'webasm');
      first.child.kill('SIGCONT');
    }
    expect(await finish(started, webasm, runs)).toEqual(hashes);
    const ledger = started.ledgerOf(runs[0]);
    expect(workersIn(ledger.slice(0, 10))).toEqual(['w1']);
    expect(workersIn(ledger)).toEqual(['w1', 'w2']);
  });

  test('with a worker killed at step 20', async () => {
    const hashes = await withOneWorker(webasm);
    const { cluster: started, runs } = await submitAll(webasm);
    await started.startWorkers([1, 1], 'webasm');
    await started.untilStep(runs[0], 20);
    await started.workers.get('w2')?.kill('SIGKILL');
    expect(await finish(started, webasm, runs)).toEqual(hashes);
    const ledger = started.ledgerOf(runs[0]);
    expect(workersIn(ledger.slice(0, 20))).toEqual(['w1', 'w2']);
    expect(workersIn(ledger.slice(-5))).toEqual(['w1']);
  });

  test('with a coordinator killed and started again', async () => {
    const hashes = await withOneWorker(webasm);
    const { cluster: started, runs } = await submitAll(webasm);
    await started.startWorkers([1, 1], 'webasm');
    await started.untilStep(runs[0], 15);
    await started.coordinator.kill('SIGKILL');
    await started.startCoordinator();
    expect(await finish(started, webasm, runs)).toEqual(hashes);
    expect(started.ledgerOf(runs[0])).toHaveLength(sizes.large.steps);
    // Each worker compiled the two programs of each run once: it kept them when it lost the coordinator.
    for (const { log } of started.workers.values()) {
      expect(log.filter(({ msg }) => msg === 'connected')).toHaveLength(2);
      expect(log.filter(({ msg }) => msg === 'compiled')).toHaveLength(2 * runs.length);
    }
  });
});

describe.each(['js', 'reference'] as const)('%s: the same bits', (engine) => {
  test('with 3 workers', () => withWorkers(inFloat32(engine), [1, 1, 1]));
});

const formats = ['float32', 'float16', 'bfloat16'] as const;

describe.each(['cpu', 'cpu-portable'] as const)('%s: the same bits, with gradients of any format', (engine) => {
  const arithmetics = formats.map((gradients) => ({ engine, gradients }));

  test.each([
    ['3 workers', [1, 1, 1]],
    ['a worker of 3 threads', [3]],
    ['a worker of 2 threads beside one of 1', [2, 1]],
  ])('with %s', (_, threads) => withWorkers(arithmetics, threads));

  test('formats differ in their bits: what is asked for is what is computed', async () => {
    const hashes = await withOneWorker(arithmetics);
    expect(new Set(hashes).size).toBe(formats.length * cells.length);
  });
});

const absence = await webgpuAbsence();
describe.skipIf(absence !== undefined)(
  `webgpu: the same bits${absence === undefined ? '' : ` (skipped: ${absence})`}`,
  () => {
    test('with 3 workers', () => withWorkers(inFloat32('webgpu'), [1, 1, 1]));
  },
);
