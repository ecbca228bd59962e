// `rondo submit --wait` and `rondo status` as a person uses them beside a running coordinator.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster } from './cluster.ts';
import { rondo, start } from './rondo.ts';
import { smallSpec, smallText } from './small-spec.ts';

const spec = smallSpec('submitted', 'webasm', 'shards: 2, epochs: 2, validateEvery: 20');

let cluster: Cluster;
let folder: string;
beforeAll(async () => {
  cluster = await Cluster.start(smallText);
  folder = mkdtempSync(join(tmpdir(), 'rondo-submit-'));
  writeFileSync(join(folder, 'spec.yaml'), spec);
});
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

/** What is fetched is whole, while a run trains too. */
async function verifyFetched(run: string): Promise<void> {
  expect(await rondo(folder, 'fetch', run, '--coordinator', cluster.address)).toMatchObject({ status: 0 });
  expect(await rondo(folder, 'verify', run)).toMatchObject({ status: 0, stderr: '' });
}

test('Ctrl-C ends the waiting, not the run, and says how to go on; a second one waits to the end', async () => {
  const submit = ['submit', 'spec.yaml', '--wait', '--coordinator', cluster.address];
  const waiting = start(folder, ...submit);
  await waiting.said('waiting for 1 worker');
  waiting.child.kill('SIGINT');
  const { status, stdout } = await waiting.ended;
  expect(status).toBe(130);
  expect(stdout).toContain('submitted-1 goes on; follow it: rondo logs submitted-1 -f --coordinator');
  expect(await cluster.status('submitted-1')).toMatchObject({ phase: 'PHASE_WAITING' });

  await cluster.startWorkers([1], 'webasm');
  const whole = await rondo(folder, ...submit);
  expect(whole).toMatchObject({ status: 0, stderr: '' });
  expect(whole.stdout).toMatch(/^validation loss \d\.\d{4} nats a character, perplexity /m);
  expect(whole.stdout).toContain('fetch it: rondo fetch submitted-2 --coordinator');

  // 840 characters, 756 of them in 4 lanes of 189: 23 steps of 8 an epoch.
  const shown = await rondo(folder, 'status', cluster.runFolder('submitted-2'), '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({ phase: 'finished', step: 46, steps: 46 });
  await verifyFetched('submitted-2');
});

test('a queued run says what comes first; a restart of the coordinator is waited for', async () => {
  const submit = (...args: string[]) =>
    start(folder, 'submit', 'spec.yaml', '--wait', '--coordinator', cluster.address, ...args);
  const first = submit('--set', 'training.epochs=4000', '--set', 'training.validateEvery=100000');
  await first.said('step 1/92000');
  await verifyFetched('submitted-3');
  const second = submit();
  await second.said('queued: submitted-3 comes first (training');
  await cluster.coordinator.kill();
  await first.said('connection lost; the run goes on when the coordinator is back');
  await cluster.startCoordinator();
  await Promise.all([first.said('connected again'), second.said('connected again')]);
  await cluster.control('submitted-3', 'ACTION_CANCEL');
  expect(await second.ended).toMatchObject({ status: 0, stderr: '' });
  expect(await first.ended).toMatchObject({ status: 1, stderr: expect.stringContaining('submitted-3: cancelled') });
});
