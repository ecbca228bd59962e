// The workers' side of a coordinator, beside real streams: who is who, when a worker was last seen, what it is told.

import { credentials, status } from '@grpc/grpc-js';
import { createLogger } from '@rondo/logging';
import {
  channelOptions,
  createServer,
  type FromCoordinator,
  listen,
  protocolVersion,
  type Received,
  type StreamEnd,
  WorkerStream,
  WorkService,
} from '@rondo/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { guard } from '../access/guard.ts';
import type { Connection } from '../connection.ts';
import { WorkerRegistry } from './work-service.ts';

const stop: (() => void)[] = [];
afterEach(() => {
  for (const close of stop.splice(0)) close();
});

let address: string;
let registry: WorkerRegistry;
/** What those who hear of workers heard. */
let events: string[];
let joined: Connection[];

beforeEach(async () => {
  // The end of a test is heard by its own list alone.
  const noted: string[] = [];
  const connections: Connection[] = [];
  [events, joined] = [noted, connections];
  registry = new WorkerRegistry(
    {
      joined(connection) {
        noted.push(`${connection.name} joined`);
        connections.push(connection);
      },
      left: (name) => noted.push(`${name} left`),
      leaving: (name) => noted.push(`${name} leaving`),
      place: () => undefined,
      gradients: (name, task) => noted.push(`${name} gradients ${task}`),
      computed: (name, { task }) => noted.push(`${name} computed ${task}`),
      failed: (name, task, reason) => noted.push(`${name} failed ${task}: ${reason}`),
      logged: (name, { run, lines, dropped }) => noted.push(`${name} logged ${lines.length} of ${run}, not ${dropped}`),
    },
    createLogger({ name: 'coordinator', level: 'silent' }),
  );
  const server = createServer({
    interceptors: [guard(undefined, createLogger({ name: 'coordinator', level: 'silent' }))],
  });
  server.addService(WorkService.service, { Work: registry.work });
  address = `127.0.0.1:${await listen(server, '127.0.0.1:0')}`;
  stop.push(() => server.forceShutdown());
});

/** A worker's end of a stream that has said hello. */
function connect(name: string, instance: string) {
  const client = new WorkService(address, credentials.createInsecure(), channelOptions);
  const heard: Received<FromCoordinator>[] = [];
  const ends: StreamEnd[] = [];
  const call = client.work();
  const stream = new WorkerStream(call, {
    onMessage: (message) => heard.push(message),
    onEnd: (end) => ends.push(end),
  });
  stop.push(() => {
    stream.fail(status.CANCELLED, 'the test is over');
    client.close();
  });
  const offer = { deviceKind: 'DEVICE_KIND_CPU', device: '', library: '', tokensPerSecond: 1, threads: 1 } as const;
  const engines = [{ ...offer, name: 'reference', fingerprint: 'reference/1' }];
  void stream.send({ hello: { name, protocolVersion, engines, host: 'here', pid: 1, instance } });
  return { call, stream, heard, ends };
}

test('a worker that connects again takes the place of its older stream, and its name', async () => {
  connect('w', 'one');
  await vi.waitUntil(() => events.length === 1);
  const old = connect('w', 'two');
  await vi.waitUntil(() => events.length === 2);
  const again = connect('w', 'two');
  await vi.waitUntil(() => again.heard.length === 1);
  expect(events).toEqual(['w joined', 'w-2 joined', 'w-2 left', 'w-2 joined']);
  expect(again.heard[0]).toMatchObject({ welcome: { name: 'w-2' } });
  expect(registry.workers).toEqual([joined[0], joined[2]]);
  // What the older stream still says is nobody's.
  void old.stream.send({ failure: { task: 1, reason: 'late', final: false } });
  await vi.waitUntil(() => old.ends.length === 1);
  expect(old.ends[0]).toMatchObject({ code: status.ABORTED, details: 'the worker connected again' });
  void again.stream.send({ failure: { task: 2, reason: 'in time', final: false } });
  await vi.waitUntil(() => events.length === 5);
  expect(events[4]).toBe('w-2 failed 2: in time');
  expect(registry.workers).toHaveLength(2);
});

test('a worker without an instance is refused, with the reason', async () => {
  const { ends } = connect('w', '');
  await vi.waitUntil(() => ends.length === 1);
  expect(ends[0]).toMatchObject({
    code: status.FAILED_PRECONDITION,
    details: "a worker's instance has 1 to 64 letters, digits, dashes or underscores",
  });
  expect(events).toEqual([]);
});

test('a worker is seen with each sign of life, and with each chunk of a message that is not whole yet', async () => {
  const { call, stream } = connect('w', 'one');
  await vi.waitUntil(() => events.length === 1);
  const seen = () => registry.workers[0].lastSeenMs;
  const later = async (say: () => void) => {
    const before = seen();
    say();
    await vi.waitUntil(() => seen() > before);
  };
  await later(() => void stream.send({ alive: {} }));
  const tensors = [{ name: 'g', type: 'ELEMENT_TYPE_FLOAT32' as const, shape: [2] }];
  await later(() => call.write({ gradients: { task: 1, step: 1, tensors: { transfer: 1, tensors } } }));
  // CRC-32 of four zero bytes.
  const chunk = { transfer: 1, tensor: 0, offset: 0, data: Buffer.alloc(4), checksum: 0x2144df1c, step: 1 };
  await later(() => call.write({ chunk }));
  expect(events).toEqual(['w joined']);
});

test('a worker hears that nobody waits for its task any more', async () => {
  const { heard } = connect('w', 'one');
  await vi.waitUntil(() => joined.length === 1);
  joined[0].cancel(7);
  await vi.waitUntil(() => heard.length === 2);
  expect(heard[1]).toMatchObject({ message: 'cancel', cancel: { task: 7 } });
});

const line = JSON.stringify({ level: 'info', time: '2026-01-02T03:04:05.678Z', msg: 'compiled' });

test("a worker's log lines are taken at a rate; those beyond are counted", async () => {
  const { stream } = connect('w', 'one');
  for (const count of [100, 100, 100, 90])
    void stream.send({ log: { run: 'r', lines: Array(count).fill(line), dropped: 0 } });
  void stream.send({ log: { run: 'r', lines: Array(100).fill(line), dropped: 7 } });
  await vi.waitUntil(() => events.length === 6);
  expect(events.slice(0, 5)).toEqual(['w joined', ...[100, 100, 100, 90].map((n) => `w logged ${n} of r, not 0`)]);
  const [, taken, dropped] = /^w logged (\d+) of r, not (\d+)$/.exec(events[5]) ?? [];
  // Ten of the burst, and what a slow machine lets through in the meantime.
  expect(Number(taken)).toBeLessThan(60);
  expect(Number(taken) + Number(dropped)).toBe(107);
});

test('a worker that sends what is no log line is refused, with the reason', async () => {
  const { stream, ends } = connect('w', 'one');
  void stream.send({ log: { run: 'r', lines: [line, '{"level":"debug"}'], dropped: 0 } });
  await vi.waitUntil(() => ends.length === 1);
  expect(ends[0]).toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: "log: a line's level is none of info, warn, error, fatal",
  });
  expect(events).toEqual(['w joined', 'w left']);
});
