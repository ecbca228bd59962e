// People steer a real cluster: pause, resume, cancel, drain, wait; and tools ask for its health.

import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import {
  credentials,
  loadPackageDefinition,
  makeClientConstructor,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { listCheckpoints } from '@rondo/storage';
import { service as healthService } from 'grpc-health-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Cluster, workersIn } from './cluster.ts';
import { Process } from './processes.ts';

const steps = 300;
const text = 'to be or not to be, that is the question. '.repeat(60);

const spec = (changes: { engine?: string; text?: string; name?: string; steps?: number } = {}) => `
apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: ${changes.name ?? 'steered'} }
spec:
  task: language-model
  seed: 3
  data: { text: ${changes.text ?? 'text.txt'}, unit: character, validation: 0.1 }
  model: { cell: gru, layers: 1, hidden: 16, embedding: 8, dropout: 0.1 }
  training:
    batch: 8
    sequence: 8
    shards: 4
    stateful: true
    optimizer: { name: sgd, learningRate: 0.5, momentum: 0.9 }
    steps: ${changes.steps ?? steps}
    validateEvery: 50
    checkpointEvery: 1000
  engine: ${changes.engine ?? 'cpu-portable'}
`;

let cluster: Cluster;
beforeEach(async () => {
  cluster = await Cluster.start(text);
});
afterEach(() => cluster.stop());

/** Of the run that nobody disturbed. */
let undisturbedHash: Promise<string> | undefined;

/** The hash after an undisturbed run, on the workers of the first cluster that asks. */
function undisturbed(): Promise<string> {
  undisturbedHash ??= trainUndisturbed();
  return undisturbedHash;
}

async function trainUndisturbed(): Promise<string> {
  const run = await cluster.submit(spec({ name: 'undisturbed' }));
  await cluster.untilFinished(run);
  return cluster.hashOf(run, steps);
}

test('a paused run keeps its step, lets others train, and resumes to the same bits', async () => {
  await cluster.startWorkers([1, 1], 'cpu-portable');
  const run = await cluster.submit(spec());
  await cluster.untilStep(run, 20);
  await cluster.control(run, 'ACTION_PAUSE');
  const { phase, step } = await cluster.status(run);
  expect(phase).toBe('PHASE_PAUSED');
  expect(step).toBeGreaterThanOrEqual(20);
  expect(step).toBeLessThan(steps);
  expect(await listCheckpoints(cluster.runFolder(run))).toEqual([step]);
  // With this one paused, another trains.
  const hash = await undisturbed();
  expect((await cluster.status(run)).step).toBe(step);
  await cluster.control(run, 'ACTION_RESUME');
  await cluster.untilFinished(run);
  expect(cluster.hashOf(run, steps)).toBe(hash);
  expect(cluster.ledgerOf(run)).toHaveLength(steps);
});

test('a cancelled run keeps what it has and is not taken up again', async () => {
  await cluster.startWorkers([1], 'cpu-portable');
  const run = await cluster.submit(spec());
  await cluster.untilStep(run, 5);
  await cluster.control(run, 'ACTION_CANCEL');
  const { phase, step } = await cluster.status(run);
  expect(phase).toBe('PHASE_CANCELLED');
  expect(await listCheckpoints(cluster.runFolder(run))).toEqual([step]);
  await expect(cluster.control(run, 'ACTION_RESUME')).rejects.toThrow(
    /is cancelled: only a paused or failed run resumes/,
  );
  await expect(cluster.control('nothing', 'ACTION_PAUSE')).rejects.toThrow(/there is no run nothing/);
});

test('SIGTERM drains: a worker hands back its node, the coordinator writes a checkpoint and goes on from it', async () => {
  await cluster.startWorkers([1, 1], 'cpu-portable');
  const run = await cluster.submit(spec());
  await cluster.untilStep(run, 10);
  const leaving = cluster.workers.get('w2');
  await leaving?.kill('SIGTERM');
  expect(leaving?.child.exitCode).toBe(0);
  const { step } = await cluster.status(run);
  await cluster.untilStep(run, step + 5);
  await cluster.coordinator.kill('SIGTERM');
  expect(cluster.coordinator.child.exitCode).toBe(0);
  const [saved] = await listCheckpoints(cluster.runFolder(run));
  expect(saved).toBeGreaterThanOrEqual(step + 5);
  await cluster.startCoordinator();
  await cluster.untilFinished(run);
  const ledger = cluster.ledgerOf(run);
  expect(workersIn(ledger.slice(-10))).toEqual(['w1']);
  expect(cluster.hashOf(run, steps)).toBe(await undisturbed());
});

test('a second coordinator at the same address says so in one line and leaves the runs alone', async () => {
  await cluster.startWorkers([1], 'cpu-portable');
  const run = await cluster.submit(spec());
  await cluster.untilStep(run, 5);
  const second = new Process('coordinator', ['--listen', cluster.address, '--runs', dirname(cluster.runFolder(run))]);
  await second.exited;
  expect(second.child.exitCode).toBe(1);
  expect(second.log.filter(({ level }) => level !== 'info').map(({ msg }) => msg)).toEqual([
    expect.stringMatching(/^rondo: cannot listen on 127\.0\.0\.1:\d+: listen EADDRINUSE: .* stop what uses it\.$/),
  ]);
  const mistyped = new Process('coordinator', ['--lisen', cluster.address]);
  await mistyped.exited;
  expect(mistyped.child.exitCode).toBe(2);
  await cluster.untilFinished(run);
});

test('a coordinator beside another on the same runs leaves a run that is in use as it is', async () => {
  await cluster.startWorkers([1], 'cpu-portable');
  const run = await cluster.submit(spec());
  await cluster.untilStep(run, 5);
  const runs = dirname(cluster.runFolder(run));
  const second = new Process('coordinator', ['--listen', '127.0.0.1:0', '--runs', runs, '--data-root', cluster.folder]);
  const { reason } = await second.until(({ msg }) => msg === 'the run cannot be opened');
  expect(reason).toMatch(/in use by process \d+/);
  await second.kill('SIGTERM');
  await cluster.untilFinished(run);
  expect(cluster.ledgerOf(run)).toHaveLength(steps);
});

test('a run whose engine nobody offers waits and says so, and so do its workers', async () => {
  const worker = await cluster.startWorker('w1', 'cpu-portable');
  const run = await cluster.submit(spec({ engine: 'reference', steps: 20 }));
  const reason = 'waiting for 1 worker (0 here) that offers engine reference';
  await cluster.coordinator.until((line) => line.run === run && line.reason === reason);
  await worker.until((line) => line.msg === 'idle' && line.reason === reason);
  expect(await cluster.status(run)).toMatchObject({ phase: 'PHASE_WAITING', reason });
  await cluster.startWorker('w2', 'reference');
  await cluster.untilFinished(run);
  expect(workersIn(cluster.ledgerOf(run))).toEqual(['w2']);
});

test('a spec that leads out of the data root is refused with its line, and nothing is queued', async () => {
  await expect(cluster.submit(spec({ text: '../../etc/passwd' }))).rejects.toThrow(
    /^spec.yaml:8:17 spec.data.text\[0\]: /,
  );
  expect((await cluster.list()).runs).toEqual([]);
});

test('a coordinator answers health checks and reflection', async () => {
  const Health = makeClientConstructor(healthService, 'Health');
  const health = new Health(cluster.address, credentials.createInsecure());
  const check = (service: string) =>
    new Promise((resolve, reject) => {
      health.check({ service }, (error: Error | null, answer: unknown) => (error ? reject(error) : resolve(answer)));
    });
  expect(await check('')).toMatchObject({ status: 'SERVING' });
  expect(await check('rondo.v1.WorkService')).toMatchObject({ status: 'SERVING' });
  health.close();

  const proto = createRequire(import.meta.url).resolve(
    '@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto',
  );
  const { grpc } = loadPackageDefinition(loadSync(proto)) as never as {
    grpc: { reflection: { v1: { ServerReflection: ServiceClientConstructor } } };
  };
  const reflection = new grpc.reflection.v1.ServerReflection(cluster.address, credentials.createInsecure());
  const call = reflection.serverReflectionInfo();
  call.write({ listServices: '' });
  const [{ listServicesResponse }] = await once(call, 'data');
  const names = listServicesResponse.service.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['rondo.v1.WorkService', 'rondo.v1.JobService']));
  call.end();
  await once(call, 'status');
  reflection.close();
});
