// Workers that say what is none of their business: no run may suffer from it.

import { randomUUID } from 'node:crypto';
import { credentials, status } from '@grpc/grpc-js';
import {
  channelOptions,
  type FromCoordinator,
  type NamedTensor,
  protocolVersion,
  type Received,
  WorkerStream,
  WorkService,
} from '@rondo/protocol';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { Cluster } from './cluster.ts';

const spec = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: strange }
spec:
  task: language-model
  seed: 5
  data: { text: text.txt, unit: character, validation: 0 }
  model: { cell: rnn, layers: 1, hidden: 8, embedding: 4 }
  training:
    { batch: 4, sequence: 8, shards: 4, minWorkers: 2, optimizer: { name: sgd, learningRate: 0.1 }, steps: 2 }
  engine: reference
`;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start('to be or not to be, that is the question. '.repeat(20));
});
afterAll(() => cluster.stop());

const stop: (() => void)[] = [];
afterEach(() => {
  for (const close of stop.splice(0)) close();
});

type Assignment = Extract<Received<FromCoordinator>, { message: 'assignment' }>['assignment'];

/** A worker that computes nothing, but can answer with zeros, whole and well-formed. */
function connect(name: string, onAssigned: (assignment: Assignment) => void) {
  let weights: readonly NamedTensor[] = [];
  const client = new WorkService(cluster.address, credentials.createInsecure(), channelOptions);
  const stream = new WorkerStream(client.work(), {
    onMessage(message, tensors) {
      if (message.message === 'weights') weights = tensors;
      if (message.message === 'assignment') onAssigned(message.assignment);
    },
    onEnd() {},
  });
  stop.push(() => {
    stream.fail(status.CANCELLED, 'the test is over');
    client.close();
  });
  const offer = { deviceKind: 'DEVICE_KIND_CPU', device: '', library: '', tokensPerSecond: 1, threads: 1 } as const;
  const engines = [{ ...offer, name: 'reference', fingerprint: 'reference/1' }];
  void stream.send({ hello: { name, protocolVersion, engines, host: 'here', pid: 1, instance: randomUUID() } });
  const answer = ({ task, run, phase, step, first, end }: Assignment) => {
    const weight = 8 * (end - first);
    const states = Array.from({ length: end - first }, (_, i): NamedTensor => {
      return { name: `${first + i}/h_l0`, type: 'float32', shape: [8], data: new Float32Array(8) };
    });
    void stream.send({ gradients: { task, step } }, weights);
    void stream.send({ result: { task, run, phase, step, first, end, lossSum: weight, weight, seconds: 1 } }, states);
  };
  const fail = (task: number) => void stream.send({ failure: { task, reason: 'none of its business', final: false } });
  return { answer, fail };
}

test('numbers of tasks do not come again in the next run', async () => {
  const assigned: Assignment[] = [];
  for (const name of ['a', 'b']) connect(name, (assignment) => assigned.push(assignment));
  const runs: string[] = [];
  for (const count of [2, 4]) {
    runs.push(await cluster.submit(spec));
    await vi.waitUntil(() => assigned.length === count, { timeout: 20_000 });
    await cluster.control(runs[runs.length - 1], 'ACTION_CANCEL');
  }
  expect(assigned.map(({ run }) => run)).toEqual([runs[0], runs[0], runs[1], runs[1]]);
  expect(new Set(assigned.map(({ task }) => task)).size).toBe(4);
});

test("answers to another worker's task, and second ones, change nothing", async () => {
  const strange = connect('strange', (assignment) => {
    const { task } = assignment;
    for (const other of [task - 1, task + 1]) {
      strange.answer({ ...assignment, task: other });
      strange.fail(other);
    }
    for (let again = 0; again < 2; again++) strange.answer(assignment);
  });
  // Later, so that its tasks are open, or done, when the other one meddles.
  const good = connect('good', (assignment) => setTimeout(() => good.answer(assignment), 20));
  const run = await cluster.submit(spec);
  await cluster.untilFinished(run);
  expect(cluster.ledgerOf(run).map(({ step }) => step)).toEqual([1, 2]);
});
