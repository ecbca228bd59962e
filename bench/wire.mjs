// MB/s of a 64 MiB tensor between a coordinator and a worker, two processes on the loopback, as JSON.
// Run `npm run build` first, then `node bench/wire.mjs`.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { credentials } from '@grpc/grpc-js';
import { CoordinatorStream, channelOptions, createServer, listen, WorkerStream, WorkService } from '@rondo/protocol';

const elements = 2 ** 24;
const repetitions = 9;
const result = { task: 1, run: '', phase: '', step: 1, first: 0, end: 1, lossSum: 0, weight: 1, seconds: 0 };
const weights = { run: '', step: 1 };

/** Answers a bundle with an empty result, and an assignment with the bundle. */
function worker(address, chunkBytes) {
  const client = new WorkService(address, credentials.createInsecure(), channelOptions);
  let kept = [];
  const stream = new WorkerStream(
    client.work(),
    {
      onMessage(message, tensors) {
        if (message.message === 'weights') kept = tensors;
        void stream.send({ result }, message.message === 'weights' ? [] : kept);
      },
      onEnd: () => client.close(),
    },
    { limits: { chunkBytes } },
  );
  void stream.send({ leaving: { reason: 'ready' } });
}

async function measure(chunkBytes) {
  const server = createServer();
  let stream;
  let answered;
  server.addService(WorkService.service, {
    Work(call) {
      stream = new CoordinatorStream(call, { onMessage: () => answered(), onEnd() {} }, { limits: { chunkBytes } });
    },
  });
  const answer = () =>
    new Promise((resolve) => {
      answered = resolve;
    });
  const ready = answer();
  const port = await listen(server, '127.0.0.1:0');
  const child = fork(fileURLToPath(import.meta.url), [`127.0.0.1:${port}`, chunkBytes]);
  await ready;
  const tensors = [{ name: 'w', shape: [elements], data: new Float32Array(elements).fill(0.5) }];
  const timed = async (message, sent) => {
    const start = performance.now();
    const done = answer();
    stream.send(message, sent);
    await done;
    return (elements * 4) / 1000 / (performance.now() - start);
  };
  const down = [];
  const up = [];
  for (let i = 0; i < repetitions; i += 1) {
    down.push(await timed({ weights }, tensors));
    up.push(await timed({ assignment: { ...result, run: '' } }, []));
  }
  stream.end();
  await once(child, 'exit');
  server.forceShutdown();
  return { chunkKiB: chunkBytes / 1024, toWorkerMBps: median(down), toCoordinatorMBps: median(up) };
}

function median(values) {
  return Math.round(values.sort((a, b) => a - b)[values.length >> 1]);
}

const [address, chunkBytes] = process.argv.slice(2);
if (address) worker(address, Number(chunkBytes));
else {
  const rows = [];
  for (const chunkKiB of [256, 512, 1024]) rows.push(await measure(chunkKiB * 1024));
  console.log(JSON.stringify(rows, null, 2));
}
