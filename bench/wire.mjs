// MB/s of a 64 MiB tensor between a coordinator and a worker, two processes on the loopback, as JSON.
// Run `npm run build` first, then `node bench/wire.mjs`.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { credentials } from '@grpc/grpc-js';
import { CoordinatorStream, channelOptions, createServer, listen, WorkerStream, WorkService } from '@rondo/protocol';

/** @typedef {readonly import('@rondo/protocol').NamedTensor[]} Tensors */

const elements = 2 ** 24;
const repetitions = 9;
const task = { task: 1, run: '', phase: '', step: 1, first: 0, end: 1 };

/**
 * Answers weights with an empty result, and an assignment with a result that holds the weights.
 * @param {string} address
 * @param {number} chunkBytes
 */
function work(address, chunkBytes) {
  const client = new WorkService(address, credentials.createInsecure(), channelOptions);
  /** @type {Tensors} */
  let kept = [];
  const stream = new WorkerStream(
    client.work(),
    {
      onMessage({ message }, tensors) {
        if (message === 'weights') kept = tensors;
        const result = { ...task, lossSum: 0, weight: 1, seconds: 0 };
        void stream.send({ result }, message === 'weights' ? [] : kept);
      },
      onEnd: () => client.close(),
    },
    { limits: { chunkBytes } },
  );
}

/**
 * @param {number} chunkBytes
 * @returns a row of the report
 */
async function measure(chunkBytes) {
  let onAnswer = () => {};
  const server = createServer();
  /** @type {Promise<CoordinatorStream>} */
  const joined = new Promise((resolve) => {
    const handlers = { onMessage: () => onAnswer(), onEnd() {} };
    server.addService(WorkService.service, {
      /** @param {ConstructorParameters<typeof CoordinatorStream>[0]} call */
      Work: (call) => resolve(new CoordinatorStream(call, handlers, { limits: { chunkBytes } })),
    });
  });
  const port = await listen(server, '127.0.0.1:0');
  const child = fork(fileURLToPath(import.meta.url), [`127.0.0.1:${port}`, `${chunkBytes}`]);
  const stream = await joined;

  /**
   * @param {Parameters<CoordinatorStream['send']>} sent
   * @returns {Promise<number>} MB/s of 64 MiB from sending to the answer
   */
  const timed = (...sent) => {
    const start = performance.now();
    void stream.send(...sent);
    return new Promise((resolve) => {
      onAnswer = () => resolve((elements * 4) / 1000 / (performance.now() - start));
    });
  };
  const tensors = [{ name: 'w', shape: [elements], data: new Float32Array(elements).fill(0.5) }];
  const toWorker = [];
  const toCoordinator = [];
  for (let i = 0; i < repetitions; i += 1) {
    toWorker.push(await timed({ weights: { run: '', step: 1 } }, tensors));
    toCoordinator.push(await timed({ assignment: task }));
  }
  stream.end();
  await once(child, 'exit');
  server.forceShutdown();
  return { chunkKiB: chunkBytes / 1024, toWorkerMBps: median(toWorker), toCoordinatorMBps: median(toCoordinator) };
}

/** @param {number[]} values */
function median(values) {
  return Math.round(values.sort((a, b) => a - b)[values.length >> 1]);
}

const [address, chunkBytes] = process.argv.slice(2);
if (address) work(address, Number(chunkBytes));
else {
  const rows = [];
  for (const chunkKiB of [256, 512, 1024]) rows.push(await measure(chunkKiB * 1024));
  console.log(JSON.stringify(rows, null, 2));
}
