// `rondo train` as a person uses it: the same weights each time, bad input refused, stopped and gone on with.

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkpointPath, encodeSafetensors, readLog, runPaths } from '@rondo/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processesWith, rondo, start } from './rondo.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rondo-train-'));
  writeFileSync(join(folder, 'text.txt'), 'the quick brown fox jumps over the lazy dog\n'.repeat(60));
  writeFileSync(join(folder, 'spec.yaml'), spec);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const spec = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: fox }
spec:
  task: language-model
  seed: 1
  data:
    text: [text.txt]
    unit: character
  model: { cell: lstm, layers: 1, hidden: 16, embedding: 8, dropout: 0.1 }
  training:
    batch: 8
    sequence: 8
    shards: 4
    stateful: true
    optimizer: { name: adam, learningRate: 0.01 }
    steps: 20
    checkpointEvery: 10
  engine: cpu
`;

/** With one worker, unless a test says how many: there is a process less to start. */
const train = (...args: string[]) =>
  rondo(folder, 'train', 'spec.yaml', ...(args.includes('--workers') ? [] : ['--workers', '1']), ...args);
const weightsOf = (run: string, step: number) =>
  readFileSync(join(checkpointPath(join(folder, run), step), 'weights.safetensors'));

test('three workers, three again, then one: the same weights; and the model writes text', async () => {
  for (const [run, workers] of [
    ['X', 3],
    ['Y', 3],
    ['Z', 1],
  ] as const) {
    expect(await train('--out', run, '--workers', String(workers))).toMatchObject({ status: 0 });
  }
  expect(weightsOf('Y', 20)).toEqual(weightsOf('X', 20));
  expect(weightsOf('Z', 20)).toEqual(weightsOf('X', 20));
  const { status, stdout } = await rondo(folder, 'generate', 'X', '--prompt', 'the ', '--length', '30', '--seed', '4');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^the [\s\S]{30}\n?$/);
  const evaluated = await rondo(folder, 'evaluate', 'X', '--data', 'text.txt', '--json');
  expect(JSON.parse(evaluated.stdout)).toMatchObject({ unit: 'character', targets: 44 * 60 - 1 });
  const verified = await rondo(folder, 'verify', 'X', '--replay', '3', '--json');
  expect(JSON.parse(verified.stdout)).toMatchObject({ whole: true, findings: [], replayed: { findings: [] } });
});

test('a run stopped by Ctrl-C leaves nothing behind and goes on to the same weights', async () => {
  const steps = ['--set', 'training.steps=400'];
  const running = start(folder, 'train', 'spec.yaml', '--out', 'stopped', '--workers', '2', ...steps);
  await running.said('step 1/400');
  await sleep(500);
  running.child.kill('SIGINT');
  const { status, stdout, stderr } = await running.ended;
  expect(status).toBe(130);
  expect(`${stdout}${stderr}`).toContain('--out stopped --resume');
  expect(processesWith(folder)).toEqual([]);
  const { stdout: said } = await rondo(folder, 'status', 'stopped', '--json');
  expect(JSON.parse(said)).toMatchObject({
    phase: 'paused',
    reason: expect.stringMatching(/^interrupted after step \d+/),
  });
  const [kept] = readdirSync(join(folder, 'stopped', 'checkpoints'));
  expect(kept).toMatch(/^step-0{5}\d{3}$/);
  expect(await train('--out', 'stopped', '--resume', ...steps)).toMatchObject({ status: 0 });
  expect(await train('--out', 'whole', ...steps)).toMatchObject({ status: 0 });
  expect(weightsOf('stopped', 400)).toEqual(weightsOf('whole', 400));
  expect(await rondo(folder, 'verify', 'stopped')).toMatchObject({ status: 0 });
});

test('a killed command takes its coordinator and its workers along', async () => {
  const steps = ['--set', 'training.steps=5000'];
  const running = start(folder, 'train', 'spec.yaml', '--out', 'killed', '--workers', '2', ...steps);
  await running.said('step 1/5000');
  running.child.kill('SIGKILL');
  await running.ended;
  const started = readFileSync(runPaths(join(folder, 'killed')).log, 'utf8');
  const address = /"address":"([^"]+)"/.exec(started)?.[1] as string;
  const deadline = performance.now() + 10_000;
  while (processesWith(address).length > 0 && performance.now() < deadline) await sleep(100);
  expect(processesWith(address)).toEqual([]);
});

test('a finished run is finished; more steps go on with it; another spec is refused', async () => {
  expect(await train('--out', 'longer')).toMatchObject({ status: 0 });
  expect(await train('--out', 'longer')).toMatchObject({ status: 2, stderr: expect.stringContaining('--resume') });
  expect(await train('--out', 'longer', '--resume')).toMatchObject({ status: 0 });
  expect(await train('--out', 'longer', '--resume', '--set', 'training.steps=30')).toMatchObject({ status: 0 });
  const lines = readLog(runPaths(join(folder, 'longer')).ledger);
  expect(lines.map((line) => JSON.parse(line).step)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  const other = await train('--out', 'longer', '--resume', '--set', 'model.hidden=8');
  expect(other).toMatchObject({ status: 2, stderr: expect.stringContaining('spec.model.hidden') });
  const saved = readFileSync(join(folder, 'longer', 'spec.yaml'), 'utf8');
  const shorter = await train('--out', 'longer', '--resume', '--set', 'training.steps=10');
  expect(shorter).toMatchObject({ status: 2, stderr: expect.stringContaining('started for 30 steps') });
  expect(readFileSync(join(folder, 'longer', 'spec.yaml'), 'utf8')).toBe(saved);
  renameSync(join(folder, 'longer'), join(folder, 'moved'));
  expect(await train('--out', 'moved', '--resume', '--set', 'training.steps=33')).toMatchObject({ status: 0 });
  expect(await rondo(folder, 'verify', 'moved', '--replay', '1')).toMatchObject({ status: 0 });
});

test('a run that gets no better ends early and says so; the next command that it names works', async () => {
  mkdirSync(join(folder, 'waves'));
  const waves = Array.from({ length: 60 }, (_, t) => `${(t % 7) ** 2}\n`).join('');
  writeFileSync(join(folder, 'waves', 'waves.csv'), `y\n${waves}`);
  writeFileSync(
    join(folder, 'waves', 'spec.yaml'),
    `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: waves }
spec:
  task: forecasting
  seed: 1
  data: { train: waves.csv, targets: y, past: 5, horizon: 1, validation: 0.3 }
  model: { cell: gru, layers: 1, hidden: 4 }
  training: { batch: 8, shards: 1, optimizer: { name: adam, learningRate: 1 }, steps: 90, validateEvery: 2, checkpointEvery: 2, patience: 1 }
  engine: cpu-portable
`,
  );
  const { status, stdout } = await rondo(folder, 'train', 'waves/spec.yaml', '--out', 'early');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^no better for long enough: finished after step \d+$/m);
  const [, next] = /next: {2}npx rondo (.+)$/m.exec(stdout) as RegExpExecArray;
  expect(next).toBe('predict early --data waves/waves.csv');
  expect(JSON.parse((await rondo(folder, ...next.split(' '))).stdout)).toMatchObject({
    forecast: { y: [expect.any(Number)] },
  });
});

describe('bad input ends with status 2 and one clear line, and starts nothing', () => {
  const bad = async (expected: RegExp, ...args: string[]) => {
    const { status, stderr } = await train('--out', 'never', ...args);
    expect(stderr).toMatch(expected);
    expect(status).toBe(2);
    expect(readdirSync(folder)).not.toContain('never');
  };

  test('a missing file, at its line', async () => {
    writeFileSync(join(folder, 'missing.yaml'), spec.replace('text.txt', 'nowhere.txt'));
    const { status, stderr } = await rondo(folder, 'train', 'missing.yaml', '--out', 'never');
    expect(stderr).toMatch(/^missing.yaml:8:12 spec.data.text\[0\]: nowhere.txt matches no file/);
    expect(status).toBe(2);
  });

  test('an empty text', async () => {
    writeFileSync(join(folder, 'empty.txt'), '');
    await bad(/^--set data.text=.*the text is empty/, '--set', 'data.text=[empty.txt]');
  });

  test('a text shorter than one step', () =>
    bad(/one step needs batch·\(sequence \+ 1\) = /, '--set', 'training.batch=400'));

  test('a batch that the shards do not divide', () => bad(/spec.training.batch.*shards/, '--set', 'training.shards=3'));

  test('a negative learning rate', () => bad(/learningRate/, '--set', 'training.optimizer.learningRate=-1'));

  test('a model too large for the memory', () => bad(/parameters.*GiB/, '--set', 'model.hidden=500000'));

  test('first weights of the wrong shape or name', async () => {
    const weights = {
      'output.bias': { shape: [3], data: new Float32Array(3) },
      odd: { shape: [1], data: new Float32Array(1) },
    };
    writeFileSync(join(folder, 'odd.safetensors'), Buffer.concat(encodeSafetensors(weights)));
    await bad(
      /^--set model.initial=[\s\S]*output.bias: is float32\[3\][\s\S]*odd: not a tensor/,
      '--set',
      'model.initial=odd.safetensors',
    );
  });

  test('a missing text and missing first weights, both at once', () =>
    bad(
      /model.initial=nowhere.safetensors: [\s\S]*data.text=nowhere.txt: |data.text=nowhere.txt: [\s\S]*model.initial=nowhere.safetensors: /,
      ...['--set', 'data.text=nowhere.txt', '--set', 'model.initial=nowhere.safetensors'],
    ));

  test('no YAML, no spec, too large a spec', async () => {
    writeFileSync(join(folder, 'broken.yaml'), 'spec: [1, 2\n');
    expect(await rondo(folder, 'train', 'broken.yaml')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^broken.yaml:\d+:\d+/),
    });
    expect(await rondo(folder, 'train', 'absent.yaml')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('absent.yaml'),
    });
    writeFileSync(join(folder, 'huge.yaml'), '');
    truncateSync(join(folder, 'huge.yaml'), 2 ** 30);
    expect(await rondo(folder, 'train', 'huge.yaml')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('huge.yaml'),
    });
  });

  test('a folder that is not empty', async () => {
    mkdirSync(join(folder, 'full'));
    writeFileSync(join(folder, 'full', 'mine.txt'), 'keep me');
    expect(await train('--out', 'full')).toMatchObject({ status: 2, stderr: expect.stringContaining('is not empty') });
    expect(await train('--out', 'full', '--resume')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('holds no run'),
    });
    expect(readdirSync(join(folder, 'full'))).toEqual(['mine.txt']);
  });
});
