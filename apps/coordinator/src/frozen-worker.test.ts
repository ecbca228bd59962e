// A worker that stops reading, or amid a message, over a real connection: it loses that, and nobody's memory is spoilt.

import { crc32 } from 'node:zlib';
import { credentials } from '@grpc/grpc-js';
import { createLogger } from '@rondo/logging';
import {
  Broadcast,
  channelOptions,
  createServer,
  type FromCoordinator,
  flatTensors,
  listen,
  protocolVersion,
  WorkService,
} from '@rondo/protocol';
import { createModelMemory, ModelArrays } from '@rondo/training';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { guard } from './access/guard.ts';
import type { Connection } from './connection.ts';
import { GradientSlots } from './gradient-slots.ts';
import { type WorkerEvents, WorkerRegistry } from './services/work-service.ts';
import { WeightVectors } from './weight-vectors.ts';

/** More than a connection's windows take. */
const length = 6 * 2 ** 20;
const header = { name: 'a', type: 'ELEMENT_TYPE_FLOAT32' as const, shape: [length] };

const arrays = new ModelArrays(
  createModelMemory([{ name: 'a', shape: [length] }], {
    format: { type: 'float32', exponent: 0 },
    vectors: 3,
    slots: 1,
  }),
);
const slots = new GradientSlots(arrays, 1);
const vectors = new WeightVectors(3, 0);
const connections = new Map<string, Connection>();
let placed = 0;

const events: WorkerEvents = {
  joined: (connection) => connections.set(connection.name, connection),
  left(name) {
    connections.delete(name);
    slots.left(name);
    vectors.left(name);
  },
  leaving() {},
  place(name, task, tensor) {
    placed += 1;
    return slots.place(name, task, tensor);
  },
  gradients: (name, task, tensors) => void slots.receive(name, task, tensors),
  computed() {},
  failed() {},
  logged() {},
};

const server = createServer({
  interceptors: [guard(undefined, createLogger({ name: 'coordinator', level: 'silent' }))],
});
let address: string;
beforeAll(async () => {
  const registry = new WorkerRegistry(events, createLogger({ name: 'coordinator', level: 'silent' }));
  server.addService(WorkService.service, { Work: registry.work });
  address = `127.0.0.1:${await listen(server, '127.0.0.1:0')}`;
});
afterAll(() => server.forceShutdown());

const disconnect = (worker: string, reason: string) => connections.get(worker)?.refuse(reason);

/** In which the connection takes what its windows hold. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

/** A worker that has said hello and reads nothing. */
async function join(name: string) {
  const client = new WorkService(address, credentials.createInsecure(), channelOptions);
  const call = client.work();
  const ended = new Promise<string>((resolve) => {
    call.on('error', ({ details }: { details: string }) => {
      client.close();
      resolve(details);
    });
  });
  // Until something reads, grpc-js's client takes all that comes; once begun, it stops at what waits for a reader.
  call.read(0);
  const offer = { name: 'reference', deviceKind: 'DEVICE_KIND_CPU', fingerprint: 'reference/1', threads: 1 } as const;
  const engines = [offer];
  call.write({ hello: { name, protocolVersion, engines, host: 'here', pid: 1, instance: name } });
  const connection = await vi.waitUntil(() => connections.get(name));
  return { call, connection, ended };
}

test('the memory of weights that a worker does not take is free as soon as it is disconnected', async () => {
  const { call, connection, ended } = await join('slow');
  arrays.vector(0).a.fill(1);
  const sent: Promise<unknown>[] = [];
  for (let step = 0; step < 3; step++) {
    const message = new Broadcast({ weights: { run: 'r', step } }, flatTensors(arrays.vector(vectors.present)));
    sent.push(connection.weights(message));
    vectors.send('slow', sent[step]);
    await pause();
    const to = vectors.next(disconnect);
    arrays.vector(to).a.fill(2 + step);
    vectors.committed(step + 1, to);
  }
  expect(vectors.present).toBe(0);
  expect(await Promise.all(sent)).toEqual([false, false, false]);
  const found = new Set<number>();
  call.on('data', ({ chunk }: FromCoordinator) => {
    for (let i = 0; i < (chunk?.data.length ?? 0); i += 4) found.add(chunk?.data.readFloatLE(i) as number);
  });
  expect(await ended).toBe('did not take the weights of step 0 while the cluster went 2 steps further');
  expect([...found]).toEqual([1]);
});

test('what comes of a gradient after its worker was disconnected goes nowhere', async () => {
  const { call, ended } = await join('stuck');
  call.resume();
  slots.open(1, 'stuck', disconnect);
  call.write({ gradients: { task: 1, step: 1, tensors: { transfer: 1, tensors: [header] } } });
  await vi.waitUntil(() => placed > 0);
  slots.drop(1);
  slots.open(2, 'other', disconnect);
  const data = Buffer.alloc(4096, 7);
  call.write({ chunk: { transfer: 1, tensor: 0, offset: 0, step: 1, data, checksum: crc32(data) } });
  expect(await ended).toBe('is amid sending a gradient of task 1, which was given up, and its memory is needed');
  await pause();
  expect(arrays.slot(0).a.every((value) => value === 0)).toBe(true);
});
