// A worker of the product whose shards take as long as it is told: node paced-worker.mjs HOST:PORT NAME MS_A_SHARD
// Over the channel to its parent it is told another pace, and answers with its clock and what it has computed.

import { Worker } from 'node:worker_threads';
import { keepCollectionsShort } from '@rondo/protocol';
import { startWorker, WorkerLog } from '@rondo/worker';

/** @typedef {{ pace?: number }} Order milliseconds a shard from now on; without it, a question alone */

const [coordinator, name, pace] = process.argv.slice(2);
/** Milliseconds a shard, and the shards that were computed since they were last set; shared with the compute thread. */
const paced = new Int32Array(new SharedArrayBuffer(8));
paced[0] = Number(pace);

keepCollectionsShort();
await startWorker({
  coordinator,
  engines: ['cpu-portable'],
  threads: 1,
  log: new WorkerLog(name),
  spawn: () => new Worker(new URL('./paced-thread.mjs', import.meta.url), { workerData: paced }),
});

process.on('message', (/** @type {Order} */ { pace: next }) => {
  process.send?.({ nowMs: Date.now(), shards: Atomics.load(paced, 1) });
  if (next === undefined) return;
  Atomics.store(paced, 0, next);
  Atomics.store(paced, 1, 0);
});
// Without the harness there is nothing to work for.
process.on('disconnect', () => process.exit(0));
