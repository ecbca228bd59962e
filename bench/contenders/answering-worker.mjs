// A worker that says how late its connection's thread was, in JSON, when it is asked to end:
// node bench/contenders/answering-worker.mjs HOST:PORT THREADS

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { keepCollectionsShort } from '@rondo/protocol';
import { startWorker, WorkerLog } from '@rondo/worker';

const [coordinator, threads] = process.argv.slice(2);
const resolution = 2;
keepCollectionsShort();
const delay = monitorEventLoopDelay({ resolution });
await startWorker({ coordinator, engines: ['cpu'], threads: Number(threads), log: new WorkerLog() });
delay.enable();
process.once('SIGTERM', () => {
  // What is measured is the time from one tick to the next.
  const late = (/** @type {number} */ nanoseconds) => Math.max(0, nanoseconds / 1e6 - resolution);
  const { max } = delay;
  process.stdout.write(JSON.stringify({ maxMs: late(max), p99Ms: late(delay.percentile(99)) }));
  process.exit(0);
});
