// The library outside the workspace: packed, unpacked beside a program of somebody else's, and used by it.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { untrainedRun } from '@rondo/inference/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '..');
const program = mkdtempSync(join(tmpdir(), 'rondo-program-'));
afterAll(() => rmSync(program, { recursive: true }));

/** As `npm install` would, with packages of others from this workspace instead of a registry. */
function install(tarballs: string): void {
  for (const file of readdirSync(tarballs)) {
    const folder = join(program, 'node_modules/@rondo', /^rondo-(.+)-\d+\.\d+\.\d+\.tgz$/.exec(file)?.[1] ?? file);
    mkdirSync(folder, { recursive: true });
    const options = ['-xzf', join(tarballs, file), '-C', folder, '--strip-components=1'];
    if (spawnSync('tar', options).status !== 0) throw new Error(`${file} cannot be unpacked`);
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    for (const name of Object.keys(dependencies).filter((dependency) => !dependency.startsWith('@rondo/'))) {
      const target = join(program, 'node_modules', name);
      mkdirSync(dirname(target), { recursive: true });
      symlinkSync(join(repository, 'node_modules', name), target);
    }
  }
}

/** Runs a program that stands outside. @returns the JSON that it wrote. */
function run(source: string, ...args: string[]) {
  writeFileSync(join(program, 'main.mjs'), source);
  const options = { cwd: program, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['main.mjs', ...args], options);
  expect(status === 0 ? 'well' : stderr).toBe('well');
  return JSON.parse(stdout);
}

beforeAll(() => {
  const tarballs = join(program, 'tarballs');
  const { status, stderr } = spawnSync(process.execPath, ['tools/pack.mjs', tarballs], {
    cwd: repository,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  install(tarballs);
});

test('holds what was built, and no sources', () => {
  for (const name of readdirSync(join(program, 'node_modules/@rondo'))) {
    expect(readdirSync(join(program, 'node_modules/@rondo', name)).sort()).toEqual(['dist', 'package.json']);
  }
});

test('predicts, judges and says what is wrong', async () => {
  const folder = await untrainedRun(
    { 'train.csv': 'text,label\na good film,up\nbad,down\n' },
    `
  task: classification
  seed: 5
  data: { train: train.csv, input: text, label: label, unit: word, validation: 0 }
  model: { cell: gru, layers: 1, hidden: 5, embedding: 3 }
  training: { batch: 2, shards: 1, optimizer: { name: adam }, epochs: 1 }
`,
  );
  const { predictions, judged, engine, code } = run(
    `
import { loadRun } from '@rondo/inference';
const run = await loadRun(process.argv[2], { engine: 'cpu-portable' });
const predictions = await run.predict(['a good film', 'bad']);
const judged = await run.evaluate('train.csv', { base: process.argv[2] });
const { name: engine } = await run.engine();
await run.dispose();
const code = await loadRun('nowhere').catch((error) => error.code);
console.log(JSON.stringify({ predictions, judged, engine, code }));
`,
    folder,
  );
  expect(predictions).toHaveLength(2);
  expect(judged).toMatchObject({ examples: 2, scores: { accuracy: expect.any(Number) } });
  expect({ engine, code }).toEqual({ engine: 'cpu-portable', code: 'run-missing' });
});

test('writes text and reads streams', async () => {
  const folder = await untrainedRun(
    { 'text.txt': 'abcdefgh\n'.repeat(9) },
    `
  task: language-model
  seed: 7
  data: { text: [text.txt], unit: character, validation: 0 }
  model: { cell: lstm, layers: 1, hidden: 6, embedding: 4 }
  training: { batch: 2, sequence: 4, shards: 1, optimizer: { name: sgd, learningRate: 0.1 }, steps: 3 }
`,
  );
  const { text, likeliest } = run(
    `
import { loadRun } from '@rondo/inference';
const run = await loadRun(process.argv[2], { engine: 'cpu-portable' });
const text = await run.generate({ prompt: 'ab', length: 9, temperature: 0 });
const stream = run.stream();
await stream.push('a');
const [{ symbol: likeliest }] = (await stream.push('b')).likeliest(1);
await run.dispose();
console.log(JSON.stringify({ text, likeliest }));
`,
    folder,
  );
  expect(text).toHaveLength(9);
  expect(likeliest).toBe(text[0]);
});
