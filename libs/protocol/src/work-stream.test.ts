// A real server and client on the loopback: tensors both ways, ends and faults, slow readers, memory.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { credentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { channelOptions, createServer, listen } from './channel.ts';
import { Broadcast } from './frames.ts';
import type { FromCoordinator, FromWorker, Outgoing, Received } from './messages.ts';
import { WorkService } from './services.ts';
import { TensorPool } from './tensor-pool.ts';
import type { NamedTensor } from './tensors.ts';
import {
  CoordinatorStream,
  type StreamEnd,
  WorkerStream,
  type WorkStreamHandlers,
  type WorkStreamOptions,
} from './work-stream.ts';

const MiB = 2 ** 20;

type WorkCall = ServerDuplexStream<FromWorker, FromCoordinator>;
type WorkClient = InstanceType<typeof WorkService>;

let address: string;
let onCall: (call: WorkCall) => void;
const stop: (() => void)[] = [];

beforeEach(async () => {
  const server = createServer();
  server.addService(WorkService.service, { Work: (call: WorkCall) => onCall(call) });
  address = `127.0.0.1:${await listen(server, '127.0.0.1:0')}`;
  stop.push(() => server.forceShutdown());
});

afterEach(() => {
  for (const close of stop.splice(0)) close();
});

function connect(): WorkClient {
  const client = new WorkService(address, credentials.createInsecure(), channelOptions);
  stop.push(() => client.close());
  return client;
}

type Heard<E extends FromWorker | FromCoordinator> = { message: Received<E>; tensors: readonly NamedTensor[] };

/** Handlers that keep what they hear, and promises of it. */
function recorder<E extends FromWorker | FromCoordinator>() {
  const heard: Heard<E>[] = [];
  const waiting: (() => void)[] = [];
  let onEnd: (end: StreamEnd) => void = () => {};
  const ended = new Promise<StreamEnd>((resolve) => {
    onEnd = resolve;
  });
  const handlers: WorkStreamHandlers<E> = {
    onMessage(message, tensors) {
      heard.push({ message, tensors });
      for (const wake of waiting.splice(0)) wake();
    },
    onEnd,
  };
  const messages = async (count: number): Promise<Heard<E>[]> => {
    while (heard.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    return heard;
  };
  return { handlers, messages, ended };
}

async function openPair(
  coordinatorOptions: WorkStreamOptions<FromWorker> = {},
  workerOptions: WorkStreamOptions<FromCoordinator> = {},
) {
  const atCoordinator = recorder<FromWorker>();
  const atWorker = recorder<FromCoordinator>();
  const accepted = new Promise<CoordinatorStream>((resolve) => {
    onCall = (call) => resolve(new CoordinatorStream(call, atCoordinator.handlers, coordinatorOptions));
  });
  const worker = new WorkerStream(connect().work(), atWorker.handlers, workerOptions);
  return { worker, coordinator: await accepted, atCoordinator, atWorker };
}

function pattern(elements: number): Float32Array {
  const data = new Uint32Array(elements);
  for (let i = 0; i < elements; i += 1) data[i] = Math.imul(i, 2_654_435_761);
  return new Float32Array(data.buffer);
}

function floats(name: string, data: Float32Array): NamedTensor {
  return { name, type: 'float32', shape: [data.length], data };
}

function sha256({ buffer, byteOffset, byteLength }: NamedTensor['data']): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}

const result: Outgoing<FromWorker> = {
  result: {
    task: 1,
    run: 'r',
    phase: 'gradients',
    step: 3,
    first: 0,
    end: 2,
    lossSum: 0.1 + 0.2,
    weight: 8,
    seconds: 1,
  },
};

describe('messages', () => {
  test('keep their order and values, whatever tensors they carry', async () => {
    const { worker, coordinator, atCoordinator, atWorker } = await openPair();
    const weights = { name: 'w', type: 'float32' as const, shape: [3, 100_000], data: pattern(300_000) };
    const ids = { name: '0/ids', type: 'int32' as const, shape: [2], data: new Int32Array([-1, 7]) };
    void coordinator.send({ welcome: { name: 'a' } });
    void coordinator.send({ weights: { run: 'r', step: 2 } }, [weights, floats('none', new Float32Array())]);
    const task = { task: 2 ** 40, run: 'r', phase: 'gradients', shape: 1, step: 3, first: 0, end: 1 };
    void coordinator.send({ assignment: task }, [ids]);
    void coordinator.send({ cancel: { task: 2 ** 40 } });
    void coordinator.send({ idle: { reason: 'enough' } });
    void worker.send(result);
    void worker.send({ alive: {} });
    const heard = await atWorker.messages(5);
    const kinds = heard.map(({ message }) => message.message);
    expect(kinds).toEqual(['welcome', 'weights', 'assignment', 'cancel', 'idle']);
    expect(heard[1].tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['w', [3, 100_000]],
      ['none', [0]],
    ]);
    expect(sha256(heard[1].tensors[0].data)).toBe(sha256(weights.data));
    expect(heard[2]).toMatchObject({ message: { assignment: { task: 2 ** 40, step: 3 } }, tensors: [ids] });
    expect(heard[3]).toMatchObject({ message: { cancel: { task: 2 ** 40 } }, tensors: [] });
    const [{ message, tensors }, alive] = await atCoordinator.messages(2);
    expect(alive).toEqual({ message: { message: 'alive', alive: {} }, tensors: [] });
    expect(message).toMatchObject({ message: 'result', result: { lossSum: 0.1 + 0.2 } });
    expect(tensors).toEqual([]);
  });

  test('64 MiB there and back, bit-identical, in bounded memory', async () => {
    const { worker, coordinator, atCoordinator, atWorker } = await openPair();
    const sent = floats('w', pattern(16 * MiB));
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 5);
    void coordinator.send({ weights: { run: 'r', step: 1 } }, [sent]);
    const [{ tensors }] = await atWorker.messages(1);
    void worker.send(result, tensors);
    const [back] = await atCoordinator.messages(1);
    clearInterval(watch);
    expect(sha256(back.tensors[0].data)).toBe(sha256(sent.data));
    // Two received copies are 128 MiB; windows, queues and garbage come on top.
    expect((peak - before) / MiB).toBeLessThan(128 + 192);
  });

  test('gradients leave before their result, in half precision', async () => {
    const { worker, atCoordinator } = await openPair();
    const g: NamedTensor = { name: 'g', type: 'bfloat16', shape: [3], data: new Uint16Array([0, 0x3f80, 0xffff]) };
    void worker.send({ gradients: { task: 1, step: 3 } }, [g]);
    void worker.send(result);
    expect(await atCoordinator.messages(2)).toMatchObject([
      { message: { message: 'gradients', gradients: { task: 1, step: 3 } }, tensors: [g] },
      { message: { message: 'result' }, tensors: [] },
    ]);
    expect(() => worker.send(result, [g])).toThrow('carries no bfloat16 tensor (g)');
  });

  test('received tensors can lie in shared memory', async () => {
    const pool = new TensorPool(2);
    const { coordinator, atWorker } = await openPair(
      {},
      { place: (_message, tensor, bytes) => pool.place(tensor, bytes) },
    );
    void coordinator.send({ weights: { run: 'r', step: 1 } }, [floats('w', new Float32Array([1, 2]))]);
    const [{ tensors }] = await atWorker.messages(1);
    expect(tensors[0].data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(Array.from(tensors[0].data)).toEqual([1, 2]);
  });

  test('the sender learns when its memory is free again', async () => {
    const { coordinator, atWorker } = await openPair();
    const data = pattern(MiB);
    const expected = sha256(data);
    const sent = coordinator.send({ weights: { run: 'r', step: 1 } }, [floats('w', data)]);
    expect(coordinator.pendingBytes).toBe(4 * MiB);
    expect(await sent).toBe(true);
    expect(coordinator.pendingBytes).toBe(0);
    data.fill(0);
    const [{ tensors }] = await atWorker.messages(1);
    expect(sha256(tensors[0].data)).toBe(expected);
  });

  test('tensors that do not fit are a bug of the caller', async () => {
    const { coordinator } = await openPair();
    const tensor = { ...floats('w', new Float32Array(2)), shape: [3] };
    expect(() => coordinator.send({ weights: { run: 'r', step: 1 } }, [tensor])).toThrow(
      '2 elements and the shape [3]',
    );
    expect(() => coordinator.send({ idle: { reason: '' } }, [tensor])).toThrow('carries no float32 tensor (w)');
    expect(coordinator.pendingBytes).toBe(0);
  });
});

describe('a broadcast', () => {
  const step = (number: number): Outgoing<FromCoordinator> => ({ weights: { run: 'r', step: number } });

  test('reaches all workers, and those that join later, in its turn', async () => {
    const w = floats('w', pattern(300_000));
    const message = new Broadcast(step(2), [w, floats('none', new Float32Array())]);
    const heard: Heard<FromCoordinator>[][] = [];
    for (const first of [step(1), step(0)]) {
      const { coordinator, atWorker } = await openPair();
      void coordinator.send(first, [floats('w', new Float32Array(MiB))]);
      const sent = coordinator.broadcast(message);
      expect(coordinator.pendingBytes).toBe(4 * MiB + message.bytes);
      void coordinator.send(step(3));
      expect(await sent).toBe(true);
      heard.push(await atWorker.messages(3));
      expect(coordinator.pendingBytes).toBe(0);
    }
    const late = await openPair();
    void late.coordinator.broadcast(message);
    expect(await late.atWorker.messages(1)).toMatchObject([{ message: step(2) }]);
    for (const messages of heard) expect(messages.slice(1)).toMatchObject([{ message: step(2) }, { message: step(3) }]);
    const received = [heard[0][1], heard[1][1], ...(await late.atWorker.messages(1))];
    for (const { tensors } of received) {
      expect(tensors.map(({ name, shape }) => [name, shape])).toEqual([
        ['w', [300_000]],
        ['none', [0]],
      ]);
      expect(sha256(tensors[0].data)).toBe(sha256(w.data));
    }
  });

  test('is summed once, so a worker takes nothing that was changed since', async () => {
    const data = pattern(1000);
    const message = new Broadcast(step(1), [floats('w', data)]);
    const early = await openPair();
    void early.coordinator.broadcast(message);
    await early.atWorker.messages(1);
    data[7] = 0;
    const late = await openPair();
    void late.coordinator.broadcast(message);
    expect((await late.atWorker.ended).fault).toMatchObject({ code: 'wrong-checksum' });
  });
});

describe('the end', () => {
  test('a worker that is done ends the call for both, after what it sent', async () => {
    const { worker, atCoordinator, atWorker } = await openPair();
    void worker.send(result, [floats('g', pattern(4 * MiB))]);
    void worker.send({ leaving: { reason: 'SIGTERM' } });
    worker.end();
    expect(await worker.send(result)).toBe(false);
    expect(await atCoordinator.ended).toMatchObject({ code: status.OK });
    expect(await atWorker.ended).toMatchObject({ code: status.OK });
    expect((await atCoordinator.messages(2)).map(({ message }) => message.message)).toEqual(['result', 'leaving']);
  });

  test('a coordinator that is done ends the call for both, after what it sent', async () => {
    const { coordinator, atCoordinator, atWorker } = await openPair();
    void coordinator.send({ weights: { run: 'r', step: 1 } }, [floats('w', pattern(4 * MiB))]);
    coordinator.end();
    expect(await atWorker.ended).toMatchObject({ code: status.OK });
    expect(await atCoordinator.ended).toMatchObject({ code: status.OK });
    expect(await atWorker.messages(1)).toHaveLength(1);
  });

  test('a coordinator that refuses says why', async () => {
    const { coordinator, atCoordinator, atWorker } = await openPair();
    coordinator.fail(status.FAILED_PRECONDITION, 'protocol version 2; this coordinator speaks 1');
    const end = { code: status.FAILED_PRECONDITION, details: 'protocol version 2; this coordinator speaks 1' };
    expect(await atWorker.ended).toEqual(end);
    expect(await atCoordinator.ended).toEqual(end);
  });

  test('a reason of any length and script arrives', async () => {
    const { coordinator, atWorker } = await openPair();
    coordinator.fail(status.INVALID_ARGUMENT, '\u{1f600}'.repeat(1_000_000));
    expect((await atWorker.ended).details).toMatch(/^(\u{1f600}){499}…$/u);
  });

  test('either side hears that the other is gone', async () => {
    for (let i = 0; i < 20; i += 1) {
      const { worker, atCoordinator } = await openPair();
      worker.fail(status.CANCELLED, 'gone');
      expect(await atCoordinator.ended).toMatchObject({ code: status.CANCELLED });
    }
    const { coordinator, atCoordinator, atWorker } = await openPair();
    for (const close of stop.splice(0)) close();
    expect((await atWorker.ended).code).not.toBe(status.OK);
    expect((await atCoordinator.ended).code).not.toBe(status.OK);
    expect(await coordinator.send({ idle: { reason: '' } })).toBe(false);
  });

  test('a peer that breaks the protocol is told, with the code', async () => {
    const atCoordinator = recorder<FromWorker>();
    onCall = (call) => new CoordinatorStream(call, atCoordinator.handlers);
    const call = connect().work();
    call.resume();
    call.write({ chunk: { transfer: 1, data: Buffer.alloc(4) } });
    const [error] = await once(call, 'error');
    expect(error).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(/^unexpected-chunk: /),
    });
    expect((await atCoordinator.ended).fault).toMatchObject({ code: 'unexpected-chunk' });
  });

  test('a stream that ends amid a bundle is a fault', async () => {
    const atCoordinator = recorder<FromWorker>();
    onCall = (call) => new CoordinatorStream(call, atCoordinator.handlers);
    const call = connect().work();
    call.on('error', () => {});
    const tensors = [{ name: 'g', type: 'ELEMENT_TYPE_FLOAT32' as const, shape: [1] }];
    call.write({ result: { ...result.result, tensors: { transfer: 1, tensors } } });
    call.end();
    expect((await atCoordinator.ended).fault).toMatchObject({ code: 'truncated-bundle' });
  });
});

describe('a peer that does not read', () => {
  const broadcast = [floats('w', new Float32Array(16 * MiB))];
  const weights: Outgoing<FromCoordinator> = { weights: { run: 'r', step: 1 } };

  /** Coordinator streams to this many workers that read nothing. */
  async function stalled(count: number, options: WorkStreamOptions<FromWorker> = {}) {
    const ends: Promise<StreamEnd>[] = [];
    const streams: CoordinatorStream[] = [];
    const calls: ReturnType<WorkClient['work']>[] = [];
    for (let i = 0; i < count; i += 1) {
      const { handlers, ended } = recorder<FromWorker>();
      ends.push(ended);
      const accepted = new Promise<CoordinatorStream>((resolve) => {
        onCall = (call) => resolve(new CoordinatorStream(call, handlers, options));
      });
      const call = connect().work();
      call.on('error', () => {});
      // Until something reads, grpc-js's client takes all that comes; once begun, it stops at what waits for a reader.
      call.read(0);
      calls.push(call);
      streams.push(await accepted);
    }
    return { streams, ends, calls };
  }

  test('costs a window, not a copy of what waits for it', async () => {
    const { streams } = await stalled(4);
    const before = process.memoryUsage().rss;
    const sent = streams.flatMap((stream) => [stream.send(weights, broadcast), stream.send(weights, broadcast)]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const stream of streams) expect(stream.pendingBytes).toBe(128 * MiB);
    // 512 MiB wait; both ends of four connections hold a window of 16 MiB each.
    expect((process.memoryUsage().rss - before) / MiB).toBeLessThan(4 * 2 * 16 + 128);
    for (const stream of streams) stream.fail(status.CANCELLED, 'enough');
    expect(new Set(await Promise.all(sent))).toEqual(new Set([false]));
    for (const stream of streams) expect(stream.pendingBytes).toBe(0);
  });

  test('hears nothing of what was written to the memory after its stream failed', async () => {
    const { streams, calls } = await stalled(1);
    const tensor = floats('w', new Float32Array(16 * MiB));
    const sent = streams[0].send(weights, [tensor]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    streams[0].fail(status.RESOURCE_EXHAUSTED, 'too slow');
    expect(await sent).toBe(false);
    tensor.data.fill(7);
    const chunks: Buffer[] = [];
    calls[0].on('data', ({ chunk }: FromCoordinator) => chunk && chunks.push(chunk.data));
    const end = await new Promise((resolve) => calls[0].on('status', resolve));
    expect(end).toMatchObject({ details: 'too slow' });
    expect(chunks.length).toBeGreaterThan(0);
    expect(chunks.every((data) => data.every((byte) => byte === 0))).toBe(true);
  });

  test('has so many messages wait for it, and no more', async () => {
    const { streams, ends } = await stalled(1);
    const before = process.memoryUsage().rss;
    // The windows of both ends take 32 MiB first; 200 MB are said.
    for (let sent = 0; sent < 200_000; sent += 1) {
      void streams[0].send({ idle: { reason: 'x'.repeat(1000) } });
      if (sent % 100 === 0) await new Promise(setImmediate);
    }
    expect(await ends[0]).toMatchObject({ code: status.RESOURCE_EXHAUSTED, fault: { code: 'queue-full' } });
    expect((process.memoryUsage().rss - before) / MiB).toBeLessThan(2 * 16 + 64);
  });

  test('is dropped when its queue is full', async () => {
    const { streams, ends } = await stalled(1, { limits: { maxPendingBytes: 100 * MiB } });
    const sent = [streams[0].send(weights, broadcast), streams[0].send(weights, broadcast)];
    expect(await Promise.all(sent)).toEqual([false, false]);
    expect(await ends[0]).toMatchObject({ code: status.RESOURCE_EXHAUSTED, fault: { code: 'queue-full' } });
  });
});
