// Callers who follow a run over a real connection: fast ones hear all of it, slow ones cost a bounded amount.

import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ClientReadableStream, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { createLogger } from '@rondo/logging';
import { channelOptions, createServer, JobService, listen, type WatchResponse } from '@rondo/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { guard } from '../access/guard.ts';
import type { RunEntry } from '../run-entry.ts';
import { Runs } from '../runs.ts';
import { createJobService } from './job-service.ts';

const MiB = 2 ** 20;
const spec = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: followed }
spec:
  task: language-model
  seed: 5
  data: { text: text.txt, unit: character }
  model: { cell: rnn, layers: 1, hidden: 8, embedding: 4 }
  training: { batch: 4, sequence: 8, shards: 2, optimizer: { name: sgd }, steps: 1000000 }
`;

const stop: (() => void)[] = [];
let entry: RunEntry;
let client: InstanceType<typeof JobService>;

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-follow-'));
  mkdirSync(join(folder, 'followed-1'));
  writeFileSync(join(folder, 'followed-1', 'spec.yaml'), spec);
  const document = { name: 'followed-1', phase: 'training', reason: '', createdAt: '2026-01-01' };
  writeFileSync(join(folder, 'followed-1', 'run.json'), JSON.stringify(document));
  const log = createLogger({ name: 'coordinator', level: 'silent' });
  // Nothing trains here: the tests say what the run does.
  const runs = new Runs({ jobs: { runs: folder, dataRoot: folder }, log, connections: () => [] });
  await runs.restore();
  entry = runs.find('followed-1');
  const server = createServer({
    interceptors: [guard(undefined, createLogger({ name: 'coordinator', level: 'silent' }))],
  });
  server.addService(
    JobService.service,
    createJobService(runs, () => []),
  );
  const port = await listen(server, '127.0.0.1:0');
  client = new JobService(`127.0.0.1:${port}`, credentials.createInsecure(), channelOptions);
  stop.push(() => {
    client.close();
    server.forceShutdown();
    rmSync(folder, { recursive: true });
  });
});
afterEach(() => {
  for (const close of stop.splice(0)) close();
});

/** A kilobyte of metrics. */
const line = (step: number) =>
  JSON.stringify({ step, loss: 1, tokens: 1, seconds: 1, workers: 1, pad: 'x'.repeat(900) });
const lines = (first: number, end: number) => Array.from({ length: end - first }, (_, i) => line(first + i));
const write = (all: readonly string[]) => appendFileSync(entry.paths.metrics, all.map((text) => `${text}\n`).join(''));
const range = (first: number, end: number) => Array.from({ length: end - first }, (_, i) => first + i);

/** The steps that come, and what the call ends with. */
function read(call: ClientReadableStream<WatchResponse>): Promise<{ steps: number[]; error?: ServiceError }> {
  const steps: number[] = [];
  call.on('data', ({ metrics }: WatchResponse) => metrics && steps.push(JSON.parse(metrics).step));
  return new Promise((resolve) => {
    call.on('end', () => resolve({ steps }));
    call.on('error', (error: ServiceError) => resolve({ steps, error }));
  });
}

/** Bytes that are held, once everything else was collected. */
function held(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('history and what follows come whole, each step once', async () => {
  write(lines(1, 5001));
  const call = client.watch({ run: 'followed-1', fromStep: 3 });
  const reading = read(call);
  await sleep(20);
  // The file has it as soon as the watcher hears of it.
  for (const text of lines(5001, 5501)) {
    write([text]);
    entry.noteMetrics(text);
  }
  await entry.update({ phase: 'finished', reason: 'finished' });
  const { steps, error } = await reading;
  expect(error).toBeUndefined();
  expect(steps).toEqual(range(3, 5501));
});

test('steps that are taken again after a roll-back come again', async () => {
  write(lines(1, 11));
  const call = client.watch({ run: 'followed-1', fromStep: 1 });
  const reading = read(call);
  await sleep(50);
  entry.noteRollBack(4);
  expect(entry.status().step).toBe(4);
  for (const text of lines(5, 13)) entry.noteMetrics(text);
  await entry.update({ phase: 'finished', reason: 'finished' });
  expect((await reading).steps).toEqual([...range(1, 11), ...range(5, 13)]);
});

test('what the disk refuses is in the status of a run that does not train', () => {
  entry.noteDisk('opening the run', 'no space left on device');
  entry.noteDisk('run.json', 'no space left on device');
  expect(entry.status().hindrances?.map(({ cause, reason }) => [cause, reason])).toEqual([
    ['disk', 'opening the run: no space left on device'],
    ['disk', 'run.json: no space left on device'],
  ]);
  entry.noteDisk('run.json', undefined);
  expect(entry.status().hindrances).toHaveLength(1);
});

test('who does not read costs a bounded amount, and is told from which step to watch again', async () => {
  const call = client.watch({ run: 'followed-1', fromStep: 1 });
  // Until something reads, grpc-js's client takes all that comes; once begun, it stops at what waits for a reader.
  call.read(0);
  const ended = new Promise<ServiceError>((resolve) => call.once('error', resolve));
  await once(call, 'readable');
  const before = held();
  // More than the windows of both ends hold, no faster than a fast reader reads.
  const total = 40_000;
  for (let first = 1; first <= total; first += 500) {
    const some = lines(first, first + 500);
    write(some);
    for (const text of some) entry.noteMetrics(text);
    await sleep(5);
  }
  // Both ends are here: a window of 16 MiB, what waits in gRPC, and 4 MiB of live events, of 38 MiB that were said.
  expect((held() - before) / MiB).toBeLessThan(24);
  const { code, details } = await ended;
  expect(code).toBe(status.RESOURCE_EXHAUSTED);
  const [, from] = /^followed-1 goes faster than you read: watch it again from step (\d+)$/.exec(details) ?? [];
  expect(Number(from)).toBeLessThan(total);
  const again = read(client.watch({ run: 'followed-1', fromStep: Number(from) }));
  await sleep(20);
  await entry.update({ phase: 'finished', reason: 'finished' });
  expect((await again).steps).toEqual(range(Number(from), total + 1));
});

test('a log of any length is not read whole for who does not read it', async () => {
  writeFileSync(entry.paths.log, `${'y'.repeat(1023)}\n`.repeat(40_000));
  const before = held();
  const calls = range(0, 3).map(() => client.logs({ run: 'followed-1', follow: true }));
  for (const call of calls) call.read(0);
  await Promise.all(calls.map((call) => once(call, 'readable')));
  await sleep(300);
  // A connection's windows are shared by its calls: 32 MiB of 117.
  expect((held() - before) / MiB).toBeLessThan(48);
  calls[1].cancel();
  calls[2].cancel();
  calls[1].on('error', () => {});
  calls[2].on('error', () => {});
  let count = 0;
  calls[0].on('data', () => {
    count += 1;
    if (count === 40_000) entry.noteLog('the last\n');
    if (count === 40_001) calls[0].cancel();
  });
  await once(calls[0], 'error');
  expect(count).toBe(40_001);
});

test('so many follow a run, and no more', async () => {
  const calls = range(0, 64).map((i) => {
    // A connection carries as many calls.
    const own = i < 32 ? client : connectApart();
    const call = own.watch({ run: 'followed-1', fromStep: 1 });
    call.on('error', () => {});
    return call;
  });
  await Promise.all(calls.map((call) => once(call, 'data')));
  const refused = client.watch({ run: 'followed-1', fromStep: 1 });
  expect((await read(refused)).error).toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
    details: '64 callers follow followed-1: try again in a while',
  });
  for (const call of calls) call.cancel();
  const first = () =>
    once(
      client.watch({ run: 'followed-1', fromStep: 1 }).on('error', () => {}),
      'data',
    );
  await expect.poll(first).toHaveLength(1);
});

function connectApart() {
  const options = { ...channelOptions, 'grpc.use_local_subchannel_pool': 1 };
  const own = new JobService(
    client.getChannel().getTarget().replace('dns:', ''),
    credentials.createInsecure(),
    options,
  );
  stop.unshift(() => own.close());
  return own;
}
