// How long a worker's connection waits for its thread while every core computes: LSTM 2 x 512, batch 64 x 64 a shard.

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createJob, removeJob, rondo, startCoordinator } from '../harness/jobs.mjs';
import { decimal } from '../harness/report.mjs';

const program = join(import.meta.dirname, '../contenders/answering-worker.mjs');
const model = { cell: 'lstm', layers: 2, hidden: 512, embedding: 512 };

/** @param {import('../harness/report.mjs').Settings} settings @returns {Promise<import('../harness/report.mjs').Part>} */
export async function answers({ seed, quick, say }) {
  const threads = availableParallelism();
  say(`answers: a worker with ${threads} threads`);
  const steps = quick ? 3 : 20;
  const training = { batch: 64 * threads, sequence: 64, shards: threads, steps };
  const folder = createJob(seed, { model, training });
  const coordinator = await startCoordinator(folder);
  const words = [program, coordinator.address, String(threads)];
  const worker = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  worker.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  const ended = new Promise((resolve) => worker.once('close', resolve));
  try {
    await rondo(folder, 'submit', 'spec.yaml', '--coordinator', coordinator.address, '--wait');
    worker.kill('SIGTERM');
    await ended;
    /** @type {{ maxMs: number, p99Ms: number }} */
    const delays = JSON.parse(said);
    return {
      title: "The worker's connection while every core computes",
      notes: [
        `LSTM 2 x 512, 64 x 64 a shard, ${threads} shards on ${threads} threads, ${steps} steps with weights and gradients of 17 MB each. How late the thread of the connection came to its next turn, in the worker's own process: what an answer waits at most.`,
      ],
      tables: [
        { columns: ['longest, ms', '99 of 100 within, ms'], rows: [[decimal(delays.maxMs), decimal(delays.p99Ms)]] },
      ],
      bars: { answers: delays.maxMs },
      data: delays,
    };
  } finally {
    worker.kill('SIGKILL');
    await coordinator.stop();
    removeJob(folder);
  }
}
