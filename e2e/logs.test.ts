// `rondo logs` beside a real cluster: the coordinator's lines and its workers', from anywhere, while the run goes on.

import { readFileSync } from 'node:fs';
import { runPaths } from '@rondo/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodSpec } from './bad-specs.ts';
import { Cluster } from './cluster.ts';
import { hello, RawWorkers } from './raw-worker.ts';
import { rondo, start } from './rondo.ts';
import { smallSpec, smallText } from './small-spec.ts';
import { answerTo } from './zero-answers.ts';

type Line = Readonly<Record<string, unknown>>;
const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Without its commands, whose backticks would pair with those of the text. */
const docs = readFileSync(new URL('../docs/logs.md', import.meta.url), 'utf8').replaceAll(/^```.*?^```/gms, '');

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start(smallText);
});
afterAll(() => cluster.stop());

test('logs -f shows what the workers say of the run, each under its name, until the run ends; past a crash too', async () => {
  const run = await cluster.submit(smallSpec('logged', 'cpu-portable', 'shards: 4, steps: 20, minWorkers: 2'));
  const following = start(cluster.folder, 'logs', run, '-f', '--coordinator', cluster.address);
  await following.said('waiting for 2 workers');
  await cluster.coordinator.kill('SIGKILL');
  await cluster.startCoordinator();
  await cluster.startWorkers([1, 1], 'cpu-portable');
  const { status, stdout, stderr } = await following.ended;
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringMatching(/^connection lost; .*\nconnected again\n$/),
  });
  const lines = linesOf(stdout);
  expect(lines.every((line) => line.run === run)).toBe(true);
  for (const worker of ['w1', 'w2']) {
    const own = lines.filter((line) => line.component === 'worker' && line.worker === worker);
    expect(own.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['computing for a run', 'compiled']));
  }
  const steps = lines.filter(({ msg }) => msg === 'committed').map(({ step }) => step);
  expect(steps).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(lines.at(-1)).toMatchObject({ msg: 'run ended', step: 20 });
  // What a person reads of them is in the docs.
  const described = new Set([...docs.matchAll(/`([^`]+)`/g)].map(([, word]) => word));
  const unknown = lines
    .flatMap((line) => [line.msg, ...Object.keys(line)])
    .filter((word) => !described.has(String(word)));
  expect(unknown).toEqual([]);
  // It is all in the run's folder, and can be asked for again.
  const again = await rondo(cluster.folder, 'logs', run, '--coordinator', cluster.address);
  expect(linesOf(again.stdout)).toEqual(lines);
  await Promise.all([...cluster.workers.values()].map((worker) => worker.kill()));
});

test('a chatty worker that lies: bounded, counted, and under its own name; other runs get none of it', async () => {
  const run = await cluster.submit(goodSpec('chatty').replace(' steps: 1000000', ' steps: 60'));
  const workers = new RawWorkers(cluster.address);
  const line = { level: 'fatal', time: '2026-01-02T03:04:05.678Z', msg: 'look at me', run: 'logged-1', worker: 'w1' };
  const text = JSON.stringify({ ...line, component: 'coordinator', padding: 'x'.repeat(7000) });
  const lines = Array<string>(100).fill(text);
  for (const name of ['quiet', 'chatty']) {
    const worker = workers.open(({ assignment }, self) => {
      if (!assignment) return;
      if (name === 'chatty') self.say({ log: { run, lines, dropped: 1 } }, { log: { run: 'logged-1', lines } });
      self.say(...answerTo(assignment));
    });
    worker.say({ hello: { ...hello, name } });
  }
  await cluster.untilFinished(run);
  workers.close();
  const log = readFileSync(runPaths(cluster.runFolder(run)).log, 'utf8');
  const written = linesOf(log);
  const own = written.filter(({ msg }) => msg === line.msg);
  expect(own.length).toBeGreaterThanOrEqual(100);
  // A burst of 400, and 20 a second: the run takes a few seconds at most.
  expect(own.length).toBeLessThan(1000);
  const { padding: _, ...told } = own[0];
  expect(told).toEqual({ ...line, component: 'worker', run, worker: 'chatty' });
  const leftOut = written.filter(({ msg }) => msg === 'log lines left out');
  expect(leftOut[0]).toMatchObject({ level: 'warn', component: 'coordinator', worker: 'chatty' });
  expect(Number(leftOut[0].lines)).toBeGreaterThan(100);
  expect(readFileSync(runPaths(cluster.runFolder('logged-1')).log, 'utf8')).not.toContain(line.msg);
});
