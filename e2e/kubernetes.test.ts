// TrainingJobs as the coordinator's queue: a real coordinator and a real worker, beside a small API server over real HTTPS.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRunDocument } from '@rondo/storage';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createAuthority, issue } from '../apps/cli/src/certs/authority.ts';
import type { LogLine } from '../chaos/src/logged-process.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { Process } from './processes.ts';
import { rondo } from './rondo.ts';

const folder = mkdtempSync(join(tmpdir(), 'rondo-kubernetes-'));
const runs = join(folder, 'runs');
const processes: Process[] = [];
let api: KubernetesApi;
let coordinator: Process;
let address = '127.0.0.1:0';

const long = 1_000_000;

function spec({ steps, hidden = 12, text = 'text.txt' }: { steps: number; hidden?: number; text?: string }) {
  const optimizer = { name: 'sgd', learningRate: 0.1 };
  return {
    task: 'language-model',
    seed: 7,
    data: { text, unit: 'character' },
    model: { cell: 'gru', layers: 1, hidden, embedding: 8 },
    training: { batch: 4, sequence: 16, shards: 4, steps, optimizer },
    engine: 'cpu-portable',
  };
}

async function startCoordinator(): Promise<void> {
  coordinator = new Process('coordinator', [
    '--listen',
    address,
    '--runs',
    runs,
    '--data-root',
    folder,
    '--kubernetes',
  ]);
  processes.push(coordinator);
  address = String((await coordinator.until(({ msg }) => msg === 'listening')).address);
}

const until = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 50 });
const untilPhase = (name: string, phase: string) => until(() => expect(api.status(name).phase).toBe(phase));
const untilTrains = (name: string) => until(() => expect(api.status(name).step).toBeGreaterThan(0));
const documentOf = (run: string) => readRunDocument(join(runs, run));
const runsOf = (name: string) => readdirSync(runs).filter((run) => run.startsWith(`${name}-`));

beforeAll(async () => {
  writeFileSync(join(folder, 'text.txt'), 'the quick brown fox jumps over the lazy dog, and again. '.repeat(40));
  const authority = await createAuthority('p256', 2);
  api = new KubernetesApi(
    authority.certificate,
    await issue(authority, { name: 'api', hosts: ['127.0.0.1'], days: 1 }),
  );
  await api.open();
  vi.stubEnv('KUBECONFIG', join(folder, 'kubeconfig'));
  writeFileSync(join(folder, 'kubeconfig'), api.kubeconfig());
  await startCoordinator();
  const flags = ['--name', 'w', '--engine', 'cpu-portable', '--threads', '1'];
  processes.push(new Process('worker', ['--coordinator', address, ...flags]));
});

afterAll(async () => {
  await Promise.all(processes.map((process) => process.kill()));
  await api.close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test('a resource is trained to its end, and its status says so', async () => {
  api.apply('fox', spec({ steps: 30 }));
  await untilPhase('fox', 'Finished');
  const { metadata, status } = api.get('fox');
  expect(status).toMatchObject({ observedGeneration: 1, run: 'fox-1', step: 30, steps: 30, workers: 0 });
  expect(status?.loss).toBeLessThan(4);
  expect(status?.conditions.map(({ type, status: holds }) => `${type} ${holds}`)).toEqual([
    'Accepted True',
    'Training False',
    'Complete True',
    'Failed False',
  ]);
  expect(await documentOf('fox-1')).toMatchObject({
    owner: 'kubernetes',
    resource: { namespace: 'training', name: 'fox', uid: metadata.uid },
  });
});

test('a status is written once a second at most, and only when it has changed', async () => {
  api.apply('counted', spec({ steps: long }));
  await untilTrains('counted');
  const { uid } = api.get('counted').metadata;
  await until(() => expect(api.writes.filter((write) => write.uid === uid).length).toBeGreaterThan(3));
  const writes = api.writes.filter((write) => write.uid === uid);
  const gaps = writes.slice(1).map(({ atMs }, i) => atMs - writes[i].atMs);
  expect(Math.min(...gaps)).toBeGreaterThan(900);
  api.delete('counted');
  const finished = api.writes.filter((write) => write.uid === api.get('fox').metadata.uid);
  expect(finished.length).toBeLessThan(10);
  expect(finished.at(-1)?.status.phase).toBe('Finished');
});

test('a bad spec shows its faults by the path of their field, and trains once it is mended', async () => {
  api.apply('bad', spec({ steps: 5, text: 'nowhere.txt' }));
  await untilPhase('bad', 'Refused');
  expect(api.condition('bad', 'Accepted')).toMatch(/^False BadSpec: spec.data.text\[0\]: .*nowhere\.txt/);
  api.apply('bad', { ...spec({ steps: 5 }), model: { cell: 'gruu', layers: 0 } });
  await until(() => {
    const condition = api.condition('bad', 'Accepted');
    expect(condition).toContain('spec.model.cell: "gruu" is wrong; expected lstm, gru or rnn, did you mean gru?');
    expect(condition).toContain('; spec.model.layers: 0 is wrong');
  });
  expect(runsOf('bad')).toEqual([]);
  api.apply('bad', spec({ steps: 5 }));
  await untilPhase('bad', 'Finished');
  expect(api.status('bad').observedGeneration).toBe(3);
  expect(api.condition('bad', 'Accepted')).toMatch(/^True Accepted/);
});

test('deleting a resource cancels its run; one of the same name is another', async () => {
  api.apply('again', spec({ steps: long }));
  await untilTrains('again');
  api.delete('again');
  await until(async () => expect((await documentOf('again-1')).phase).toBe('cancelled'));
  api.apply('again', spec({ steps: 5 }));
  await untilPhase('again', 'Finished');
  expect(api.status('again').run).toBe('again-2');
});

test('a changed spec of a resource that has a run is refused in a condition', async () => {
  api.apply('changed', spec({ steps: long }));
  await untilTrains('changed');
  api.apply('changed', spec({ steps: long + 1, hidden: 16 }));
  await until(() => expect(api.status('changed').observedGeneration).toBe(2));
  expect(api.condition('changed', 'Accepted')).toMatch(
    /^False SpecChanged: spec.model.hidden, spec.training.steps: changed; the run goes on/,
  );
  expect(api.status('changed').phase).toBe('Training');
  api.apply('changed', spec({ steps: long }));
  await until(() => expect(api.condition('changed', 'Accepted')).toMatch(/^True Accepted/));
  expect(runsOf('changed')).toEqual(['changed-1']);
  api.delete('changed');
});

test('a coordinator that is started again goes on with the same runs, and cancels those deleted meanwhile', async () => {
  api.apply('kept', spec({ steps: long }));
  await untilTrains('kept');
  api.apply('dropped', spec({ steps: long }));
  await untilPhase('dropped', 'Queued');
  await coordinator.kill('SIGTERM');
  expect(api.status('kept').phase).toBe('Queued');
  const { step = 0 } = api.status('kept');
  api.delete('dropped');
  await startCoordinator();
  await until(() => expect(api.status('kept').step).toBeGreaterThan(step));
  await until(async () => expect((await documentOf('dropped-1')).phase).toBe('cancelled'));
  expect([...runsOf('kept'), ...runsOf('fox')]).toEqual(['kept-1', 'fox-1']);
});

test('training goes on while the API server is away or has forgotten, and what happened meanwhile is found', async () => {
  const from = coordinator.log.length;
  const ofListing = (line: LogLine) => line.what === 'listing TrainingJobs';
  const said = (text: string) =>
    coordinator.log.slice(from).filter((line) => ofListing(line) && line.msg.startsWith(text)).length;
  await api.close();
  await coordinator.until(ofListing, from);
  const { step = 0 } = api.status('kept');
  await coordinator.until((line) => line.msg === 'committed' && Number(line.step) > step + 50, from);
  api.apply('meanwhile', spec({ steps: 5 }));
  api.forget();
  await api.open();
  await until(() => expect(api.status('kept').step).toBeGreaterThan(step + 50));
  await untilPhase('meanwhile', 'Queued');
  api.delete('kept');
  api.forget();
  await untilPhase('meanwhile', 'Finished');
  expect((await documentOf('kept-1')).phase).toBe('cancelled');
  expect(said('Kubernetes does not')).toBe(1);
  expect(said('Kubernetes works again')).toBe(1);
});

test('without the right to watch, what happens is found by listing', async () => {
  api.watchable = false;
  api.forget();
  const { reason } = await coordinator.until(({ what }) => String(what).startsWith('watching TrainingJobs'));
  expect(reason).toContain('coordinator-rbac.yaml gives the rights');
  api.apply('listed', spec({ steps: 5 }));
  await untilPhase('listed', 'Finished');
});

test('what is missing is said before anything starts', async () => {
  vi.stubEnv('KUBECONFIG', join(folder, 'nowhere'));
  expect(await rondo(folder, 'coordinator', '--runs', runs, '--kubernetes')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('nowhere: is not there'),
  });
  expect(await rondo(folder, 'coordinator', '--runs', runs, '--namespace', 'n')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('say --kubernetes too'),
  });
});
