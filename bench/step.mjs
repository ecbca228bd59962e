// What a training step costs on the wire: node bench/step.mjs SPEC [WORKERS] [--set a.b=value]...
// Trains through a counting TCP proxy in front of the coordinator and prints bytes a step each way and tokens a second.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { credentials } from '@grpc/grpc-js';
import { channelOptions, JobService } from '@rondo/protocol';

const [spec, workers = '2', ...rest] = process.argv.slice(2);
const overrides = rest.filter((word) => word !== '--set');
const folder = mkdtempSync(join(tmpdir(), 'rondo-bench-'));
const bin = (/** @type {string} */ app) => join(import.meta.dirname, `../apps/${app}/bin/${app}.mjs`);
const start = (/** @type {string} */ app, /** @type {string[]} */ ...args) =>
  spawn(process.execPath, [bin(app), ...args], { stdio: ['ignore', 'ignore', 'pipe'] });

const counted = { toWorkers: 0, toCoordinator: 0 };
const coordinator = start(
  'coordinator',
  '--listen',
  '127.0.0.1:0',
  '--runs',
  folder,
  '--data-root',
  dirname(dirname(resolve(spec))),
);
const address = await new Promise((found) => {
  createInterface({ input: coordinator.stderr }).on('line', (line) => {
    const { msg, address: at } = JSON.parse(line);
    if (msg === 'listening') found(at);
  });
});
const proxy = createServer((worker) => {
  const upstream = connect(Number(address.split(':')[1]), '127.0.0.1');
  worker.on('data', (piece) => (counted.toCoordinator += piece.length)).pipe(upstream);
  upstream.on('data', (piece) => (counted.toWorkers += piece.length)).pipe(worker);
  for (const socket of [worker, upstream]) socket.on('error', () => {});
});
await new Promise((listening) => proxy.listen(0, '127.0.0.1', () => listening(undefined)));
const port = /** @type {import('node:net').AddressInfo} */ (proxy.address()).port;
const children = Array.from({ length: Number(workers) }, () => start('worker', '--coordinator', `127.0.0.1:${port}`));

const client = new JobService(address, credentials.createInsecure(), channelOptions);
const text = readFileSync(spec, 'utf8').replaceAll('../', '');
const submitted = await new Promise((done, fail) => {
  client.submit({ spec: text, file: spec, overrides }, (error, answer) => (error ? fail(error) : done(answer)));
});
if (submitted.faults.length > 0) throw new Error(submitted.faults.join('\n'));
const lines = [];
for await (const { metrics } of client.watch({ run: submitted.run, fromStep: 1 }))
  if (metrics) lines.push(JSON.parse(metrics));
const steps = lines.filter(({ split }) => split === undefined);
const seconds = steps
  .slice(1)
  .map((line) => line.seconds)
  .sort((a, b) => a - b);
const median = seconds[Math.floor(seconds.length / 2)];
console.log({
  steps: steps.length,
  workers: Number(workers),
  medianStepMs: Math.round(median * 1000),
  tokensPerSecond: Math.round(steps[0].tokens / median),
  bytesToWorkersAStep: Math.round(counted.toWorkers / steps.length),
  bytesToCoordinatorAStep: Math.round(counted.toCoordinator / steps.length),
});
for (const child of [...children, coordinator]) child.kill('SIGKILL');
client.close();
proxy.close();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
