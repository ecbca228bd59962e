// The command as the shell sees it: exit status, and one clear line instead of a stack. Needs a build.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openRun, runPaths, writeRunDocument } from '@rondo/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';

const launcher = fileURLToPath(new URL('../bin/rondo.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rondo-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function rondo(...args: string[]) {
  return rondoWith({}, ...args);
}

function rondoWith(variables: Record<string, string>, ...args: string[]) {
  const { RONDO_COORDINATOR: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    cwd: folder,
    env: { ...env, ...variables },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const spec = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: tiny }
spec:
  task: language-model
  seed: 7
  data: { text: [text.txt], unit: character }
  model: { cell: gru, layers: 1, hidden: 4, embedding: 4 }
  training:
    batch: 2
    sequence: 4
    shards: 2
    optimizer: { name: adam, learningRate: 0.002 }
    steps: 2
`;

beforeAll(() => {
  writeFileSync(join(folder, 'spec.yaml'), spec);
  writeFileSync(join(folder, 'text.txt'), 'some text to learn from, and then some more of it\n'.repeat(4));
  writeFileSync(join(folder, 'empty.txt'), '');
  writeFileSync(join(folder, 'large.yaml'), '');
  truncateSync(join(folder, 'large.yaml'), 2 ** 30);
});

test.each([
  ['no command', []],
  ['an unknown command', ['trian', 'spec.yaml']],
  ['an unknown option', ['train', 'spec.yaml', '--wrokers', '2']],
  ['no spec', ['train']],
  ['no workers', ['train', 'spec.yaml', '--workers', '0']],
  ['an unknown engine', ['train', 'spec.yaml', '--engine', 'cuda']],
  ['no coordinator', ['jobs']],
  ['a coordinator without a port', ['jobs', '--coordinator', 'localhost']],
  ['a worker for a coordinator without a port', ['worker', '--coordinator', 'foo']],
  ['a coordinator that listens without a port', ['coordinator', '--listen', 'foo']],
  ['a data root that is not there', ['coordinator', '--listen', '127.0.0.1:0', '--data-root', 'nope']],
  ['a spec that is not there', ['train', 'nope.yaml']],
  ['a spec of 1 GB', ['train', 'large.yaml']],
  ['a folder instead of a spec', ['train', '.']],
])('%s: exit status 2', (_name, args) => {
  const { status, stdout, stderr } = rondo(...args);
  expect(stderr).not.toMatch(/^ +at /m);
  expect({ status, stdout, said: stderr !== '' }).toEqual({ status: 2, stdout: '', said: true });
});

test.each([
  ['a file', 'text.txt', /^rondo: text\.txt: is no folder; choose another one\n$/],
  ['below a file', 'text.txt/run', /^rondo: text\.txt: is no folder; choose another one\n$/],
  ['where the system makes none', '/proc/foo', /^rondo: \/proc\/foo: cannot be made .*; choose another folder\n$/],
  ['not empty', '.', /^rondo: \.: is not empty; .*--resume\n$/],
  ['no name', '', /--out <dir>.*Expected a folder/],
])("a run's folder that is %s is refused before the text is read: exit status 2", (_name, out, line) => {
  const { status, stdout, stderr } = rondo('train', 'spec.yaml', '--out', out);
  expect(stderr).toMatch(line);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
});

test('fewer workers than the run waits for: exit status 2', () => {
  const { status, stdout, stderr } = rondo('train', 'spec.yaml', '--workers', '2', '--set', 'training.minWorkers=3');
  expect(stderr).toBe(
    '--set training.minWorkers=3: a start waits for 3 workers, and --workers is 2; start as many, or lower it\n',
  );
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
});

test('a fault of --engine names this option', () => {
  writeFileSync(join(folder, 'list.yaml'), spec.replace(/^spec:[\s\S]*/m, 'spec: []\n'));
  const { stderr } = rondo('train', 'list.yaml', '--engine', 'js');
  expect(stderr).toMatch(/^--engine js: nothing can be set there/m);
  expect(stderr).not.toContain('--set');
});

test('help and version: exit status 0', () => {
  expect(rondo('--version')).toMatchObject({ status: 0, stdout: '0.1.0\n' });
  expect(rondo('--help').status).toBe(0);
  expect(rondo('train', '--help')).toMatchObject({ status: 0, stderr: '' });
});

test('all faults of a spec and of the overrides come at once, and nothing is started', () => {
  const bad = spec.replace('hidden: 4', 'hiden: 4').replace('batch: 2', 'batch: 3').replace('rate: 0.002', 'Rate: -1');
  writeFileSync(join(folder, 'bad.yaml'), bad);
  const { status, stderr } = rondo('train', 'bad.yaml', '--set', 'training.stepz=3');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^bad\.yaml:8:\d+ spec\.model\.hiden: .*did you mean hidden\?$/m);
  expect(stderr).toMatch(/^bad\.yaml:10:\d+ spec\.training\.batch: /m);
  expect(stderr).toMatch(/^--set training\.stepz=3: .*did you mean training\.steps\?$/m);
  expect(readdirSync(folder)).not.toContain('runs');
});

test.each([
  ['a missing text', 'text.txt', 'nope.txt', /^spec2\.yaml:7:\d+ spec\.data\.text\[0\]: nope\.txt matches no file/],
  ['an empty text', 'text.txt', 'empty.txt', /^spec2\.yaml:7:\d+ spec\.data\.text: the text is empty/],
  ['a text shorter than one step', 'sequence: 4', 'sequence: 1000', /^spec2\.yaml:7:\d+ spec\.data\.text: /],
  [
    'weights that are not there',
    'layers: 1',
    'layers: 1, initial: no.safetensors',
    /^spec2\.yaml:8:\d+ spec\.model\.initial: /,
  ],
])('%s is a fault at its line: exit status 2, and nothing is started', (_name, from, to, line) => {
  writeFileSync(join(folder, 'spec2.yaml'), spec.replace(from, to));
  const { status, stderr } = rondo('train', 'spec2.yaml');
  expect(stderr).toMatch(line);
  expect({ status, lines: stderr.split('\n').length }).toEqual({ status: 2, lines: 2 });
  expect(readdirSync(folder)).not.toContain('runs');
});

test.each([['coordinator'], ['worker', '--coordinator', '127.0.0.1:1'], ['train', 'spec.yaml']])(
  'a level that is none, for rondo %s: one line that says which there are, exit status 1',
  (...args) => {
    const { status, stderr } = rondoWith({ RONDO_LOG_LEVEL: 'info,wroker=debug' }, ...args);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'rondo: RONDO_LOG_LEVEL is "info,wroker=debug": there is no component "wroker"; there are coordinator and worker; for example info,worker=debug\n',
    );
    expect(stderr).not.toMatch(/^ +at /m);
  },
);

test('init writes a spec that trains, and does not write over a file; schema prints what an editor needs', () => {
  const place = join(folder, 'begin');
  mkdirSync(place);
  writeFileSync(join(place, 'text.txt'), 'some text to learn from, and then some more of it\n'.repeat(200));
  const file = join('begin', 'My poems.yaml');
  expect(rondo('init', file)).toMatchObject({ status: 0, stderr: '' });
  expect(rondo('init', file)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('--force') });
  expect(rondo('init', file, '--force').status).toBe(0);
  expect(rondo('init', join('nowhere', 'spec.yaml'))).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('ENOENT'),
  });
  const out = join(folder, 'begun');
  const trained = rondo('train', file, '--set', 'training.steps=2', '--engine', 'cpu-portable', '--out', out);
  expect(trained).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(rondo('status', out, '--json').stdout)).toMatchObject({ phase: 'finished', step: 2 });
  expect(readFileSync(join(folder, file), 'utf8')).toMatch(/^ {2}name: my-poems /m);
  expect(rondo('schema').stdout).toBe(readFileSync(new URL('../../../docs/spec.schema.json', import.meta.url), 'utf8'));
});

test('a coordinator or a run that is not there: exit status 1', () => {
  const jobs = rondo('jobs', '--coordinator', '127.0.0.1:1');
  expect(jobs).toMatchObject({ status: 1, stdout: '' });
  expect(jobs.stderr).toBe('rondo: no coordinator at 127.0.0.1:1: is it running? (connect ECONNREFUSED 127.0.0.1:1)\n');
  const status = rondo('status', 'nope');
  expect(status.status).toBe(1);
  expect(status.stderr).toMatch(/^rondo: .*nope.*is this the folder of a run\?\n$/);
  expect(rondo('logs', 'nope').status).toBe(1);
});

test("a run's folder that says training, and nobody does: not running", async () => {
  const run = join(folder, 'killed');
  mkdirSync(run);
  writeFileSync(runPaths(run).spec, spec);
  await writeRunDocument(run, { name: 'killed', phase: 'training', reason: 'from step 1', createdAt: '' });
  const { status, stdout } = rondo('status', 'killed');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^phase +not running; last known: training: from step 1$/m);
  // All values begin in one column.
  expect(
    new Set(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.search(/(?<= {2})\S/)),
    ).size,
  ).toBe(1);

  const held = await openRun(run, { resume: true, onLost: () => {} });
  expect(rondo('status', 'killed').stdout).toMatch(/^phase +training: from step 1$/m);
  expect(JSON.parse(rondo('status', 'killed', '--json').stdout)).toMatchObject({ running: true });
  await held.release();
  expect(JSON.parse(rondo('status', 'killed', '--json').stdout)).toMatchObject({ running: false });
});

test('a reader that has enough, such as head, is no fault', async () => {
  const run = join(folder, 'talkative');
  mkdirSync(run);
  await writeRunDocument(run, { name: 'talkative', phase: 'finished', reason: '', createdAt: '' });
  writeFileSync(runPaths(run).log, `${JSON.stringify({ time: '2026', msg: 'x'.repeat(100) })}\n`.repeat(10_000));
  const line = `set -o pipefail; "${process.execPath}" "${launcher}" logs talkative | head -1`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: folder, encoding: 'utf8' });
  expect({ status, stderr, lines: stdout.split('\n').length }).toEqual({ status: 0, stderr: '', lines: 2 });
});
