// A session beside a real coordinator's end of the stream; what computes is left out, as if it were still at it.

import type { ServerDuplexStream } from '@grpc/grpc-js';
import { createLogger } from '@rondo/logging';
import {
  CoordinatorStream,
  createServer,
  type FromCoordinator,
  type FromWorker,
  listen,
  type Outgoing,
  WorkService,
} from '@rondo/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { Session } from './session.ts';

const stop: (() => void)[] = [];
afterEach(() => {
  for (const close of stop.splice(0)) close();
});

const prepare = (run: string): Outgoing<FromCoordinator> => ({
  prepare: { run, engine: 'cpu', programs: [], gradients: 'ELEMENT_TYPE_FLOAT32', exponent: 0, shards: 1 },
});
const assign = (run: string, task: number): Outgoing<FromCoordinator> => ({
  assignment: { task, run, phase: 'gradients', step: 1, first: 0, end: 1 },
});

test('a worker that leaves waits for the tasks of the present run alone', async () => {
  const server = createServer();
  stop.push(() => server.forceShutdown());
  const heard: string[] = [];
  let stream: CoordinatorStream | undefined;
  server.addService(WorkService.service, {
    Work(call: ServerDuplexStream<FromWorker, FromCoordinator>) {
      stream = new CoordinatorStream(call, { onMessage: ({ message }) => heard.push(message), onEnd() {} });
    },
  });
  const computing: number[] = [];
  const session = new Session({
    coordinator: `127.0.0.1:${await listen(server, '127.0.0.1:0')}`,
    name: 'worker',
    engines: [],
    threads: 1,
    log: createLogger({ name: 'worker', level: 'silent' }),
    compute: { prepare() {}, weights() {}, compute: ({ task }) => computing.push(task), forget() {} },
  });
  await vi.waitUntil(() => heard.includes('hello'));
  for (const message of [prepare('old'), assign('old', 1), prepare('new'), assign('new', 2)])
    void stream?.send(message);
  await vi.waitUntil(() => computing.length === 2);
  let left = false;
  const leaving = session.leave('SIGTERM').then(() => {
    left = true;
  });
  await vi.waitUntil(() => heard.includes('leaving'));
  expect(left).toBe(false);
  session.computed(2, { lossSum: 1, weight: 1, seconds: 1, states: new Map() });
  await leaving;
  expect(heard).toEqual(['hello', 'leaving', 'result']);
});
