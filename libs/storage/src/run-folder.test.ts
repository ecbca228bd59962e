// Folders of runs: names, opening, and the documents in them.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { replaceFile } from './files.ts';
import {
  createRunFolder,
  expectUsable,
  openRun,
  type RunDocument,
  readRunDocument,
  readRunFile,
  runPaths,
  writeRunDocument,
} from './run-folder.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rondo-run-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const onLost = (fault: Error) => expect.unreachable(fault.message);

describe('createRunFolder', () => {
  test('takes the first free number', async () => {
    const runs = join(root, 'deep', 'runs');
    mkdirSync(join(runs, 'a-2'), { recursive: true });
    const made = [await createRunFolder(runs, 'a'), await createRunFolder(runs, 'a'), await createRunFolder(runs, 'b')];
    expect(made.map((path) => basename(path))).toEqual(['a-1', 'a-3', 'b-1']);
  });

  test('gives every caller its own', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => createRunFolder(root, 'a')));
    expect(new Set(made).size).toBe(20);
    expect(readdirSync(root)).toHaveLength(20);
  });
});

describe('openRun', () => {
  test('makes a folder that is not there', async () => {
    const folder = join(root, 'a', 'b');
    const run = await openRun(folder, { resume: false, onLost });
    expect(run).toMatchObject({ folder, isNew: true, paths: runPaths(folder) });
    await run.release();
  });

  test('an empty folder is a new run, resumed or not; names with a dot do not count', async () => {
    writeFileSync(join(root, '.DS_Store'), '');
    for (const resume of [true, false]) {
      const run = await openRun(root, { resume, onLost });
      expect(run.isNew).toBe(true);
      await run.release();
    }
  });

  test('a run is opened only to go on with it', async () => {
    writeFileSync(runPaths(root).spec, 'kind: TrainingJob\n');
    const run = await openRun(root, { resume: true, onLost });
    expect(run.isNew).toBe(false);
    await run.release();
    await expect(openRun(root, { resume: false, onLost })).rejects.toMatchObject({
      code: 'run-not-empty',
      message: expect.stringContaining('--resume'),
    });
  });

  test('what is no run is not taken for one, and is left as it was', async () => {
    writeFileSync(join(root, 'thesis.doc'), '');
    await expect(openRun(root, { resume: true, onLost })).rejects.toMatchObject({ code: 'run-missing' });
    expect(readdirSync(root)).toEqual(['thesis.doc']);
  });
});

describe('expectUsable', () => {
  test('leaves nothing behind of a folder that could be made', async () => {
    await expectUsable(join(root, 'a', 'b'), { resume: false });
    expect(readdirSync(root)).toEqual([]);
  });

  const refusal = (path: string) => expectUsable(path, { resume: false }).catch((error: unknown) => error);

  test('a file, and a folder below a file', async () => {
    writeFileSync(join(root, 'file'), '');
    const file = join(root, 'file');
    expect(await refusal(file)).toMatchObject({ code: 'run-no-folder', message: expect.stringMatching(/file: is no/) });
    expect(await refusal(join(file, 'a'))).toMatchObject({ code: 'run-no-folder' });
  });

  test.skipIf(!existsSync('/proc/self'))('one that the system does not make (skipped without /proc)', async () => {
    expect(await refusal('/proc/foo/bar')).toMatchObject({
      code: 'run-no-folder',
      message: expect.stringMatching(/cannot be made \(ENOENT.*choose another folder/),
    });
  });

  test('what openRun would refuse', async () => {
    const run = await openRun(root, { resume: false, onLost });
    await expect(expectUsable(root, { resume: true })).rejects.toMatchObject({ code: 'run-locked' });
    await run.release();
    writeFileSync(join(root, 'mine.txt'), 'keep me');
    await expect(expectUsable(root, { resume: false })).rejects.toMatchObject({ code: 'run-not-empty' });
    await expect(expectUsable(root, { resume: true })).rejects.toMatchObject({ code: 'run-missing' });
  });
});

describe('run.json', () => {
  const document: RunDocument = {
    name: 'char-lm-1',
    phase: 'waiting',
    reason: 'waiting for a worker',
    createdAt: '2026-11-23T12:00:00.000Z',
  };

  test('round trip', async () => {
    await writeRunDocument(root, document);
    // A run is called what its folder is called, also when it was moved there.
    const name = basename(root);
    expect(await readRunDocument(root)).toEqual({ ...document, name });
    const training = { ...document, phase: 'training', engine: 'webasm', fingerprint: 'f' } as const;
    await writeRunDocument(root, training);
    expect(await readRunDocument(root)).toEqual({ ...training, name });
    expect(readdirSync(root)).toEqual(['run.json']);
  });

  test.each([
    ['{"name":', 'is no JSON'],
    ['null', 'has no name'],
    [JSON.stringify({ ...document, reason: undefined }), 'has no reason'],
    [JSON.stringify({ ...document, phase: 'asleep' }), 'has an unknown phase "asleep"'],
  ])('%s is refused', async (text, message) => {
    writeFileSync(runPaths(root).document, text);
    await expect(readRunDocument(root)).rejects.toMatchObject({
      code: 'run-damaged',
      message: expect.stringContaining(`run.json: ${message}`),
    });
  });

  test('a folder that is no run says so', async () => {
    await expect(readRunDocument(root)).rejects.toMatchObject({ code: 'run-missing' });
    await expect(readRunFile(runPaths(join(root, 'nowhere')).spec)).rejects.toMatchObject({ code: 'run-missing' });
  });
});

test('replaceFile: a reader sees one of the contents, whole, while many are written at once', async () => {
  const path = join(root, 'run.json');
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(50_000));
  await replaceFile(path, contents[0]);
  let writing = true;
  const written = Promise.all(contents.map((content) => replaceFile(path, content))).finally(() => {
    writing = false;
  });
  while (writing) {
    expect(contents).toContain(readFileSync(path, 'utf8'));
    await new Promise(setImmediate);
  }
  await written;
  expect(readdirSync(root)).toEqual(['run.json']);
});
