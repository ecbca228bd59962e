// The product's compute thread, asleep for a while after each shard, as if it had computed all that time.

import { parentPort, workerData } from 'node:worker_threads';

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
/** @type {Int32Array} */
const paced = workerData;
const nobody = new Int32Array(new SharedArrayBuffer(4));
const post = port.postMessage.bind(port);
port.postMessage = (/** @type {{ type: string }} */ message) => {
  if (message.type === 'computed') {
    Atomics.wait(nobody, 0, 0, Atomics.load(paced, 0));
    Atomics.add(paced, 1, 1);
  }
  post(message);
};

await import(new URL('./compute/thread.js', import.meta.resolve('@rondo/worker')).href);
