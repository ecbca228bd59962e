// A session beside a real coordinator's end of the stream; what computes is left out, as if it were still at it.

import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import {
  CoordinatorStream,
  createServer,
  type FromCoordinator,
  type FromWorker,
  listen,
  type Outgoing,
  type Received,
  WorkService,
} from '@rondo/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { Session } from './session.ts';
import { WorkerLog } from './worker-log.ts';

const stop: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of stop.splice(0)) await close();
});

const prepare = (run: string): Outgoing<FromCoordinator> => ({
  prepare: { run, engine: 'cpu', programs: [], gradients: 'ELEMENT_TYPE_FLOAT32', exponent: 0, shards: 1 },
});
const assign = (run: string, task: number): Outgoing<FromCoordinator> => ({
  assignment: { task, run, phase: 'gradients', shape: 0, step: 1, first: 0, end: 1 },
});

/** A coordinator that welcomes workers and notes what they say. */
async function startServer(address = '127.0.0.1:0') {
  const server = createServer();
  const heard: Received<FromWorker>[] = [];
  let stream: CoordinatorStream | undefined;
  server.addService(WorkService.service, {
    Work(call: ServerDuplexStream<FromWorker, FromCoordinator>) {
      const opened = new CoordinatorStream(call, { onMessage: (message) => heard.push(message), onEnd() {} });
      void opened.send({ welcome: { name: 'worker' } });
      stream = opened;
    },
  });
  const port = await listen(server, address);
  const close = () => server.forceShutdown();
  stop.push(close);
  const kinds = () => heard.map(({ message }) => message).filter((message) => message !== 'alive' && message !== 'log');
  const send = (...messages: Outgoing<FromCoordinator>[]) => {
    for (const message of messages) void stream?.send(message);
  };
  return { address: `127.0.0.1:${port}`, close, heard, kinds, send };
}

/** A session, and what it asked of those who compute. */
function startSession(coordinator: string) {
  const computing: number[] = [];
  const cancelled: number[] = [];
  const log: string[] = [];
  const refusals: string[] = [];
  const session = new Session({
    coordinator,
    engines: [],
    threads: 1,
    log: new WorkerLog('worker', { write: (line) => void log.push(JSON.parse(line).msg) }),
    compute: {
      prepare() {},
      weights() {},
      compute: ({ task }) => computing.push(task),
      cancel: (task) => cancelled.push(task),
      forget() {},
    },
    refused: (reason) => refusals.push(reason),
  });
  stop.push(() => session.leave('the test is over'));
  return { session, computing, cancelled, log, refusals };
}

const computed = { lossSum: 1, weight: 1, seconds: 1, outputs: new Map() };

test('a worker that is refused says so and does not try again', async () => {
  const server = createServer();
  let calls = 0;
  server.addService(WorkService.service, {
    Work(call: ServerDuplexStream<FromWorker, FromCoordinator>) {
      calls += 1;
      const stream = new CoordinatorStream(call, { onMessage() {}, onEnd() {} });
      stream.fail(status.FAILED_PRECONDITION, 'another protocol version');
    },
  });
  stop.push(() => server.forceShutdown());
  const { refusals } = startSession(`127.0.0.1:${await listen(server, '127.0.0.1:0')}`);
  await vi.waitUntil(() => refusals.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(refusals).toEqual(['another protocol version']);
  expect(calls).toBe(1);
});

test('a worker that leaves waits for the tasks of the present run alone', async () => {
  const server = await startServer();
  const { session, computing } = startSession(server.address);
  await vi.waitUntil(() => server.kinds().includes('hello'));
  server.send(prepare('old'), assign('old', 1), prepare('new'), assign('new', 2));
  await vi.waitUntil(() => computing.length === 2);
  let left = false;
  const leaving = session.leave('SIGTERM').then(() => {
    left = true;
  });
  await vi.waitUntil(() => server.kinds().includes('leaving'));
  expect(left).toBe(false);
  session.computed(2, computed);
  await leaving;
  expect(server.kinds()).toEqual(['hello', 'leaving', 'result']);
});

test('a cancelled task has one answer, whether what computes was through with it or not', async () => {
  const server = await startServer();
  const { session, computing, cancelled } = startSession(server.address);
  await vi.waitUntil(() => server.kinds().includes('hello'));
  const cancel = (task: number) => ({ cancel: { task } });
  server.send(prepare('r'), assign('r', 1), assign('r', 2), cancel(1), cancel(2), cancel(3));
  await vi.waitUntil(() => cancelled.length === 3);
  expect(computing).toEqual([1, 2]);
  expect(cancelled).toEqual([1, 2, 3]);
  session.computed(1, computed);
  session.cancelled(1);
  session.cancelled(2);
  session.computed(2, computed);
  await vi.waitUntil(() => server.kinds().length === 3);
  await session.leave('SIGTERM');
  expect(server.kinds()).toEqual(['hello', 'result', 'failure', 'leaving']);
  expect(server.heard.find(({ message }) => message === 'failure')).toMatchObject({
    failure: { task: 2, reason: 'cancelled', final: false },
  });
});

test('a worker says every second that it is there', async () => {
  const server = await startServer();
  startSession(server.address);
  await vi.waitUntil(() => server.heard.some(({ message }) => message === 'alive'), { timeout: 1500 });
});

test('a coordinator that is started again has its worker back at once, and knows it', async () => {
  const first = await startServer();
  const { log } = startSession(first.address);
  await vi.waitUntil(() => log.includes('connected'));
  first.close();
  // Long enough for the back-off to reach its end. The stream was cancelled, then nobody listened: two reasons, two lines.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const trying = 'no coordinator: will try until there is';
  expect(log).toEqual(['connected', trying, trying]);
  const second = await startServer(first.address);
  await vi.waitUntil(() => second.kinds().includes('hello'), { timeout: 700, interval: 5 });
  const [before, after] = [first, second].map(({ heard }) => heard.find((message) => message.message === 'hello'));
  expect(before?.hello.instance).toMatch(/^[\w-]{36}$/);
  expect(after?.hello.instance).toBe(before?.hello.instance);
  await vi.waitUntil(() => log.length === 4);
  expect(log[3]).toBe('connected');
});

test('a worker whose connection leads nowhere makes another one', async () => {
  const server = await startServer();
  const sockets: Socket[] = [];
  const proxy = createTcpServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    // The first connection is accepted, and that was that.
    if (sockets.length === 1) return;
    const beyond = connect(Number(server.address.split(':')[1])).on('error', () => {});
    sockets.push(beyond);
    socket.pipe(beyond).pipe(socket);
  });
  const port = await new Promise<number>((resolve) => {
    proxy.listen(0, '127.0.0.1', () => resolve((proxy.address() as AddressInfo).port));
  });
  stop.push(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  const { log } = startSession(`127.0.0.1:${port}`);
  await vi.waitUntil(() => log.includes('connected'), { timeout: 4000 });
  expect(log).toEqual(['no coordinator: will try until there is', 'connected']);
  expect(sockets).toHaveLength(3);
});

test('what a worker says of a run goes to its coordinator, under the name that it has there', async () => {
  const server = await startServer();
  const { session, computing } = startSession(server.address);
  await vi.waitUntil(() => server.kinds().includes('hello'));
  server.send(prepare('r'), assign('r', 7));
  await vi.waitUntil(() => computing.length === 1);
  session.failed(7, 'no memory', false);
  const lines = () => server.heard.flatMap((heard) => (heard.message === 'log' ? heard.log.lines : []));
  await vi.waitUntil(() => lines().length === 2);
  expect(lines().map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'computing for a run', run: 'r', worker: 'worker', engine: 'cpu' },
    { msg: 'task failed', run: 'r', step: 1, worker: 'worker', task: 7, reason: 'no memory' },
  ]);
});

test('the coordinator that goes on with a run hears why its worker was away', async () => {
  const first = await startServer();
  const { log } = startSession(first.address);
  await vi.waitUntil(() => log.includes('connected'));
  first.send(prepare('r'));
  await vi.waitUntil(() => log.includes('computing for a run'));
  first.close();
  await vi.waitUntil(() => log.includes('no coordinator: will try until there is'));
  const second = await startServer(first.address);
  await vi.waitUntil(() => second.kinds().includes('hello'));
  const told = () => second.heard.flatMap((heard) => (heard.message === 'log' ? heard.log.lines : []));
  expect(told()).toEqual([]);
  second.send(prepare('r'));
  await vi.waitUntil(() => told().some((line) => line.includes('computing for a run')));
  const lines = told().map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ msg: 'no coordinator: will try until there is', run: 'r', worker: 'worker' });
});
