// MB/s of a 64 MiB tensor between a coordinator and a worker, two processes on the loopback, beside a plain TCP socket
// between the same two, as JSON. Run `npm run build` first, then `node bench/wire.mjs [KiB of a chunk ...]`.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer as createTcpServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { credentials } from '@grpc/grpc-js';
import {
  CoordinatorStream,
  channelOptions,
  createServer,
  defaultLimits,
  keepCollectionsShort,
  listen,
  TensorPool,
  WorkerStream,
  WorkService,
} from '@rondo/protocol';

/** @typedef {readonly import('@rondo/protocol').NamedTensor[]} Tensors */

const elements = 2 ** 24;
const bytes = 4 * elements;
const repetitions = 15;
const task = { task: 1, run: '', phase: '', shape: 0, step: 1, first: 0, end: 1 };
const place = () => {
  const pool = new TensorPool(2);
  return (
    /** @type {unknown} */ _message,
    /** @type {import('@rondo/protocol').TensorHeader} */ tensor,
    /** @type {number} */ size,
  ) => pool.place(tensor, size);
};

/**
 * Answers weights with an empty result, and an assignment with gradients as large as the weights.
 * @param {string} address
 * @param {number} chunkBytes
 */
function work(address, chunkBytes) {
  const client = new WorkService(address, credentials.createInsecure(), channelOptions);
  /** @type {Tensors} */
  let kept = [];
  const result = { ...task, lossSum: 0, weight: 1, seconds: 0 };
  const stream = new WorkerStream(
    client.work(),
    {
      onMessage({ message }, tensors) {
        if (message === 'weights') kept = tensors;
        if (message === 'assignment') void stream.send({ gradients: { task: 1, step: 1 } }, kept);
        else void stream.send({ result });
      },
      onEnd: () => client.close(),
    },
    { limits: { chunkBytes }, place: place() },
  );
}

/**
 * The same over a socket: takes 64 MiB and answers a byte, takes a byte and answers 64 MiB.
 * @param {string} port
 */
function workRaw(port) {
  const memory = Buffer.alloc(bytes);
  const socket = connect(Number(port), '127.0.0.1');
  let received = 0;
  socket.on('data', (data) => {
    if (received === bytes) {
      received = 0;
      socket.write(memory);
      return;
    }
    received += data.length;
    if (received === bytes) socket.write('.');
  });
  socket.on('end', () => socket.end());
}

/** @param {number} chunkBytes */
async function openStream(chunkBytes) {
  let onAnswer = () => {};
  const server = createServer();
  /** @type {Promise<CoordinatorStream>} */
  const joined = new Promise((resolve) => {
    const handlers = { onMessage: () => onAnswer(), onEnd() {} };
    server.addService(WorkService.service, {
      /** @param {ConstructorParameters<typeof CoordinatorStream>[0]} call */
      Work: (call) => resolve(new CoordinatorStream(call, handlers, { limits: { chunkBytes }, place: place() })),
    });
  });
  const port = await listen(server, '127.0.0.1:0');
  const child = fork(fileURLToPath(import.meta.url), ['grpc', `127.0.0.1:${port}`, `${chunkBytes}`]);
  const stream = await joined;
  /** @type {Tensors} */
  const tensors = [{ name: 'w', type: 'float32', shape: [elements], data: new Float32Array(elements).fill(0.5) }];
  const answered = () => new Promise((resolve) => (onAnswer = () => resolve(undefined)));
  return {
    name: `gRPC, chunks of ${chunkBytes / 1024} KiB`,
    there: () => [stream.send({ weights: { run: '', step: 1 } }, tensors), answered()],
    back: () => [stream.send({ assignment: task }), answered()],
    async close() {
      stream.end();
      await once(child, 'exit');
      server.forceShutdown();
    },
  };
}

async function openRaw() {
  const memory = Buffer.alloc(bytes, 1);
  const server = createTcpServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const child = fork(fileURLToPath(import.meta.url), ['raw', `${port}`]);
  const [socket] = /** @type {[import('node:net').Socket]} */ (await once(server, 'connection'));
  /** @param {number} expected */
  const received = (expected) =>
    new Promise((resolve) => {
      let count = 0;
      /** @param {Buffer} data */
      const take = (data) => {
        count += data.length;
        if (count < expected) return;
        socket.off('data', take);
        resolve(undefined);
      };
      socket.on('data', take);
    });
  return {
    name: 'plain TCP socket',
    there: () => [socket.write(memory), received(1)],
    back: () => [socket.write('.'), received(bytes)],
    async close() {
      socket.end();
      await once(child, 'exit');
      server.close();
    },
  };
}

/** @param {() => unknown[]} transfer */
async function timed(transfer) {
  const start = performance.now();
  await transfer().at(-1);
  return bytes / 1000 / (performance.now() - start);
}

/** @param {number[]} values */
function median(values) {
  return Math.round(values.sort((a, b) => a - b)[values.length >> 1]);
}

/** Repetitions take turns, so that whatever else the machine does meets all alike. */
async function main() {
  const chunks = process.argv.slice(2).map((kib) => Number(kib) * 1024);
  const subjects = [await openRaw()];
  for (const chunkBytes of chunks.length > 0 ? chunks : [defaultLimits.chunkBytes]) {
    subjects.push(await openStream(chunkBytes));
  }
  const rows = subjects.map((subject) => ({ subject, there: [0].slice(1), back: [0].slice(1) }));
  for (let i = 0; i < repetitions; i += 1) {
    for (const { subject, there, back } of rows) {
      there.push(await timed(subject.there));
      back.push(await timed(subject.back));
    }
  }
  for (const { subject } of rows) await subject.close();
  const table = rows.map(({ subject, there, back }) => ({
    name: subject.name,
    toWorkerMBps: median(there),
    toCoordinatorMBps: median(back),
  }));
  console.log(JSON.stringify(table, null, 2));
}

keepCollectionsShort();
const [role, address, chunkBytes] = process.argv.slice(2);
if (role === 'grpc') work(address, Number(chunkBytes));
else if (role === 'raw') workRaw(address);
else await main();
