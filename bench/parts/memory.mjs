// The coordinator's largest memory, and what a step sends: Adam, four workers, five million parameters. Bytes are counted by a
// TCP proxy between coordinator and workers.

import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { elements, languageModelParameters } from '@rondo/rnn-core';
import { modelOf } from '../harness/gradients.mjs';
import { createJob, removeJob, rondo, startCoordinator, startWorker } from '../harness/jobs.mjs';
import { decimal, integer } from '../harness/report.mjs';

const workers = 4;
const size = { hidden: 560, layers: 2 };
const training = { batch: 2 * workers, sequence: 16, shards: workers, checkpointEvery: 5 };

/** @param {import('../harness/report.mjs').Settings} settings @returns {Promise<import('../harness/report.mjs').Part>} */
export async function memory({ seed, quick, say }) {
  const title = "The coordinator's memory";
  if (process.platform !== 'linux') {
    return {
      title,
      notes: ['Not measured: the peak is read from /proc, which Linux has.'],
      tables: [],
      bars: {},
      data: {},
    };
  }
  say('memory: a coordinator with four workers');
  const steps = quick ? 6 : 40;
  const model = { cell: 'lstm', ...size, embedding: size.hidden };
  const folder = createJob(seed, { model, training: { ...training, steps } });
  const coordinator = await startCoordinator(folder);
  const proxy = await startProxy(coordinator.address);
  const started = Array.from({ length: workers }, () => startWorker(proxy.address));
  try {
    const minimum = ['--set', `training.minWorkers=${workers}`];
    await rondo(folder, 'submit', 'spec.yaml', '--coordinator', coordinator.address, '--wait', ...minimum);
    const peakMB = (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status(coordinator.pid))?.[1]) * 1024) / 1e6;
    const parameters = languageModelParameters(modelOf({ cell: 'lstm', ...size, batch: 1, time: 1, seed }));
    const modelMB = (4 * parameters.reduce((sum, { shape }) => sum + elements(shape), 0)) / 1e6;
    const allowedMB = (10 + workers) * modelMB + 150;
    const stepMB = (/** @type {number} */ bytes) => bytes / 1e6 / steps;
    const rows = [
      ['model', `${decimal(modelMB)} MB`],
      ["the coordinator's peak resident size", `${integer(peakMB)} MB`],
      [`10 models, one more for each of ${workers} nodes in flight, and 150 MB`, `${integer(allowedMB)} MB`],
      ['to the workers, a step', `${decimal(stepMB(proxy.counted.toWorkers))} MB`],
      ['from the workers, a step', `${decimal(stepMB(proxy.counted.toCoordinator))} MB`],
    ];
    return {
      title,
      notes: [`${steps} steps, checkpoints and a validation among them.`],
      tables: [{ columns: ['what', 'size'], rows }],
      bars: { memory: peakMB },
      limits: { memory: allowedMB },
      data: { peakMB, modelMB, allowedMB, steps, bytes: proxy.counted },
    };
  } finally {
    for (const { stop } of [...started, coordinator, proxy]) await stop();
    removeJob(folder);
  }
}

/** @param {number} pid */
const status = (pid) => readFileSync(`/proc/${pid}/status`, 'utf8');

/** @param {string} to */
async function startProxy(to) {
  const counted = { toWorkers: 0, toCoordinator: 0 };
  const server = createServer((worker) => {
    const upstream = connect(Number(to.split(':')[1]), '127.0.0.1');
    worker.on('data', (piece) => (counted.toCoordinator += piece.length)).pipe(upstream);
    upstream.on('data', (piece) => (counted.toWorkers += piece.length)).pipe(worker);
    for (const socket of [worker, upstream]) socket.on('error', () => {});
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { address: `127.0.0.1:${port}`, counted, stop: async () => void server.close() };
}
