// `rondo verify` on the folder of a finished run: whole as it is, and every kind of change named. Needs a build.

import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine } from '@rondo/engines';
import type { TrainingJob } from '@rondo/spec';
import {
  checkpointPath,
  loadCheckpoint,
  openRun,
  type RunDocument,
  readRunDocument,
  runPaths,
  writeCheckpoint,
  writeRunDocument,
} from '@rondo/storage';
import { appendLine, genesisOf, type LedgerLine, type RunIdentity } from '@rondo/training';
import { Command } from 'commander';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { verifyCommand } from '../commands/verify.ts';
import { chooseSteps, passesFor } from './choose-steps.ts';
import { collectInto, type Finding } from './findings.ts';
import { replay } from './replay.ts';
import { verifyRun } from './verify-run.ts';

const launcher = fileURLToPath(new URL('../../bin/rondo.mjs', import.meta.url));
const spec = `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: tiny }
spec:
  task: language-model
  seed: 7
  data: { text: [text.txt], unit: character, validation: 0.2 }
  model: { cell: lstm, layers: 1, hidden: 4, embedding: 3, dropout: 0.1 }
  training:
    batch: 4
    sequence: 8
    shards: 4
    stateful: true
    optimizer: { name: adam, learningRate: 0.01 }
    schedule: { name: cosine, warmup: 2, steps: 12 }
    epochs: 2
    checkpointEvery: 100
    validateEvery: 5
  engine: cpu-portable
`;
const steps = 12;
/** Where training stopped, and went on with more epochs. */
const middle = 6;

const root = mkdtempSync(join(tmpdir(), 'rondo-verify-'));
afterAll(() => rmSync(root, { recursive: true }));
/** As trained, and the copy that a test may spoil. */
const trained = join(root, 'trained');
const folder = join(root, 'copy');

beforeAll(() => {
  writeFileSync(join(root, 'spec.yaml'), spec);
  writeFileSync(join(root, 'text.txt'), 'the quick brown fox jumps over a lazy dog\n'.repeat(6));
  for (const options of [['--set', 'training.epochs=1'], ['--resume']]) {
    const args = ['train', 'spec.yaml', '--out', 'trained', ...options];
    const { status, stderr } = spawnSync(process.execPath, [launcher, ...args], { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }
}, 60_000);
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  cpSync(trained, folder, { recursive: true });
});

const read = (file: string) => readFileSync(join(folder, file));
const paths = runPaths(folder);
const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);
const write = (path: string, lines: readonly string[]) =>
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));

test('a run is whole as it was trained', async () => {
  const verdict = await verifyRun(folder);
  expect(verdict.findings).toEqual([]);
  expect(verdict).toMatchObject({ stepsPerEpoch: middle, checkpoints: [middle, steps] });
  expect(verdict.ledger).toHaveLength(steps);
});

/** A change of the folder. @returns the files that may be named, empty where nothing has changed. */
type Mutation = (files: readonly string[], a: number, b: number, byte: number) => string[];

function rewrite(file: string, bytes: Buffer): string[] {
  const before = read(file);
  writeFileSync(join(folder, file), bytes);
  return before.equals(bytes) ? [] : [file];
}

function onLines(file: string, change: (lines: string[]) => string[]): string[] {
  // Bytes as characters, so that every file has lines.
  return rewrite(file, Buffer.from(change(read(file).toString('latin1').split('\n')).join('\n'), 'latin1'));
}

const fileOf = (files: readonly string[], a: number) => files[a % files.length];
const mutations: Readonly<Record<string, Mutation>> = {
  'a byte is another': (files, a, b, byte) => {
    const file = fileOf(files, a);
    const bytes = Buffer.from(read(file));
    bytes[b % bytes.length] ^= byte;
    return rewrite(file, bytes);
  },
  'a file is shorter': (files, a, b) => {
    const bytes = read(fileOf(files, a));
    return rewrite(fileOf(files, a), bytes.subarray(0, b % bytes.length));
  },
  'a byte more': (files, a, b, byte) => {
    const bytes = read(fileOf(files, a));
    const at = b % (bytes.length + 1);
    return rewrite(fileOf(files, a), Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at)]));
  },
  'a line is missing': (files, a, b) => onLines(fileOf(files, a), (lines) => lines.toSpliced(b % lines.length, 1)),
  'a line is there twice': (files, a, b) =>
    onLines(fileOf(files, a), (lines) => lines.toSpliced(b % lines.length, 0, lines[b % lines.length])),
  'two lines changed places': (files, a, b, byte) =>
    onLines(fileOf(files, a), (lines) => {
      const [one, other] = [b % lines.length, (b + byte) % lines.length];
      return lines.with(one, lines[other]).with(other, lines[one]);
    }),
  'a file is missing': (files, a) => {
    rmSync(join(folder, fileOf(files, a)));
    return [fileOf(files, a)];
  },
  'a file is there twice': (files, a) => {
    copyFileSync(join(folder, fileOf(files, a)), join(folder, `${fileOf(files, a)}.copy`));
    return [`${fileOf(files, a)}.copy`];
  },
  'two files changed places': (files, a, b) => {
    const [one, other] = [fileOf(files, a), fileOf(files, b)];
    const bytes = read(one);
    return [...rewrite(one, read(other)), ...rewrite(other, bytes)];
  },
};

/** All that a run is proven by: logs for people are not. */
function provenFiles(): string[] {
  const all = readdirSync(trained, { recursive: true, encoding: 'utf8' }).sort();
  return all.filter((file) => statSync(join(trained, file)).isFile() && !/log(\.jsonl)?$/.test(file));
}

test.each(Object.entries(mutations))('%s: named', async (_, mutate) => {
  const files = provenFiles();
  expect(files).toHaveLength(5 + 2 * 4);
  const numbers = [fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 })] as const;
  await fc.assert(
    fc.asyncProperty(...numbers, async (a, b, byte) => {
      const changed = mutate(files, a, b, byte);
      const { findings } = await verifyRun(folder);
      for (const file of changed) rmSync(join(folder, file), { force: true });
      for (const file of changed.filter((one) => files.includes(one)))
        copyFileSync(join(trained, file), join(folder, file));
      const named = findings.some(({ file }) => changed.includes(file));
      expect({ changed, findings, named }).toMatchObject({ named: changed.length > 0 });
    }),
    { numRuns: 40 },
  );
});

test('a change is one finding, with its line', async () => {
  const change = (path: string, line: number, from: string | RegExp, to: string) => {
    write(
      path,
      linesOf(path).map((text, i) => (i === line - 1 ? text.replace(from, to) : text)),
    );
  };
  change(paths.ledger, 3, '"worker":"', '"worker":"x');
  change(paths.metrics, 9, '"loss":', '"loss":1');
  change(paths.spec, 7, '7', '8');
  writeFileSync(paths.preparation, readFileSync(paths.preparation, 'utf8').replace('a', 'A'));
  const { findings } = await verifyRun(folder);
  const found = findings.map(({ file, line }) => [file, line]);
  expect(found).toEqual([
    ['ledger.jsonl', 3],
    ['spec.yaml', undefined],
    ['preparation.json', undefined],
    ['metrics.jsonl', 9],
  ]);
});

describe('a run that is not over', () => {
  beforeEach(async () => {
    const document = await readRunDocument(folder);
    await writeRunDocument(folder, { ...document, name: 'trained', phase: 'training', stoppedAt: undefined });
    rmSync(checkpointPath(folder, steps), { recursive: true });
  });

  test('may end within a line, and between the two lines of a step', async () => {
    const ledger = linesOf(paths.ledger);
    write(paths.ledger, ledger.slice(0, -2));
    appendFileSync(paths.ledger, ledger[steps - 2].slice(0, 99));
    const metrics = linesOf(paths.metrics);
    write(paths.metrics, metrics.slice(0, -2));
    expect((await verifyRun(folder)).findings).toEqual([]);
    // Behind the checkpoint either log may have lost lines, up to it none.
    write(paths.metrics, metrics.slice(0, 8));
    expect((await verifyRun(folder)).findings).toEqual([]);
    write(paths.metrics, metrics.slice(0, 6));
    expect((await verifyRun(folder)).findings.map(({ file }) => file)).toContain('metrics.jsonl');
  });

  test('cannot have a checkpoint that its logs do not reach', async () => {
    write(paths.ledger, linesOf(paths.ledger).slice(0, middle - 1));
    const { findings } = await verifyRun(folder);
    expect(findings.map(({ file }) => file)).toContain('checkpoints/step-00000006/state.json');
  });
});

describe('a run that was put down in order', () => {
  beforeEach(async () => {
    const document = await readRunDocument(folder);
    await writeRunDocument(folder, { ...document, phase: 'paused', reason: 'paused' });
  });
  const filesNamed = async () => [...new Set((await verifyRun(folder)).findings.map(({ file }) => file))];

  test('is whole, and says how far it is', async () => {
    expect((await readRunDocument(folder)).stoppedAt).toEqual({ step: steps, checkpoint: steps });
    expect(await filesNamed()).toEqual([]);
  });

  test('cannot be shortened', async () => {
    rmSync(checkpointPath(folder, steps), { recursive: true });
    expect(await filesNamed()).toEqual(['checkpoints/step-00000012']);
    write(paths.ledger, linesOf(paths.ledger).slice(0, 8));
    write(paths.metrics, linesOf(paths.metrics).slice(0, 9));
    expect(await filesNamed()).toEqual(expect.arrayContaining(['ledger.jsonl', 'metrics.jsonl']));
    rmSync(paths.ledger);
    rmSync(paths.metrics);
    rmSync(join(folder, 'checkpoints'), { recursive: true });
    expect(await filesNamed()).toEqual(expect.arrayContaining(['ledger.jsonl', 'metrics.jsonl']));
  });
});

test('the ledger of another run is named, and nothing that fits together without it', async () => {
  const [first, ...others] = linesOf(paths.ledger).map((line) => JSON.parse(line) as LedgerLine);
  let head = genesisOf(first.run as RunIdentity);
  const forged = [first, ...others].map((genuine) => {
    const { hash: _, ...entry } = genuine;
    const nodes = entry.nodes.map((node) => ({ ...node, worker: 'another' }));
    const { line, hash } = appendLine(head, { ...entry, nodes });
    head = hash;
    return line;
  });
  write(paths.ledger, forged);
  const { findings } = await verifyRun(folder);
  expect(findings).toEqual([
    { file: 'ledger.jsonl', what: 'is not the ledger that the checkpoints were written after' },
  ]);
});

test('a folder in the place of a log is named', async () => {
  rmSync(paths.ledger);
  cpSync(join(folder, 'checkpoints'), paths.ledger, { recursive: true });
  expect((await verifyRun(folder)).findings[0]).toMatchObject({ file: 'ledger.jsonl', what: 'is no plain file' });
});

test('fewer checkpoints, as a fetched run has them, are no fault', async () => {
  rmSync(checkpointPath(folder, middle), { recursive: true });
  expect(await verifyRun(folder)).toMatchObject({ findings: [], checkpoints: [steps] });
});

/** Runs `rondo verify`. @returns what it throws, and what it prints as JSON. */
async function verify(...args: string[]) {
  let written = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
  const program = new Command('rondo').exitOverride();
  program.addCommand(verifyCommand().copyInheritedSettings(program));
  const error = await program.parseAsync(['verify', folder, '--json', ...args], { from: 'user' }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  spy.mockRestore();
  return { error, result: written === '' ? undefined : JSON.parse(written) };
}

describe('steps computed again', () => {
  test('are the same, and so is the checkpoint that they lead to', async () => {
    const { error, result } = await verify('--replay', '99', '--seed', '3');
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ whole: true, steps, nodes: { 'worker-1': expect.any(Number) } });
    expect(result.replayed).toMatchObject({ seed: 3, inReach: steps, checkpoints: [middle, steps], findings: [] });
    expect(result.replayed.steps).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
  });

  test('tell of a gradient that somebody forged with all hashes after it', async () => {
    const genuine = linesOf(paths.ledger).map((text) => JSON.parse(text) as LedgerLine);
    let head = genesisOf(genuine[0].run as RunIdentity);
    const lines = genuine.map((one) => {
      const { hash: _, ...entry } = one.step === 8 ? { ...one, gradient: 'f'.repeat(64) } : one;
      const { line, hash } = appendLine(head, entry);
      head = hash;
      return line;
    });
    write(paths.ledger, lines);
    const { state, tensors } = await loadCheckpoint(folder, steps);
    await writeCheckpoint(folder, { ...state, ledgerHead: head }, tensors as never);
    expect((await verifyRun(folder)).findings).toEqual([]);
    const { error, result } = await verify('--replay', '99', '--seed', '3');
    expect(error).toMatchObject({ status: 1 });
    expect(result.findings).toEqual([
      { file: 'ledger.jsonl', line: 8, what: expect.stringContaining('the gradient of step 8') },
    ]);
  });

  test('tell of weights that somebody forged with their checksums', async () => {
    const { state, tensors } = await loadCheckpoint(folder, middle);
    const [tensor] = Object.values(tensors.weights ?? {});
    tensor.data[0] *= 1.5;
    await writeCheckpoint(folder, state, tensors as never);
    expect((await verifyRun(folder)).findings).toEqual([]);
    const { result } = await verify('--replay', '99', '--seed', '3');
    expect(result.findings[0]).toMatchObject({ file: 'checkpoints/step-00000006/weights.safetensors' });
  });

  test('come to their end while training removes the checkpoints that they begin with', async () => {
    const held = await openRun(folder, { resume: true, onLost: () => {} });
    const { job, document, ledger, checkpoints } = await verifyRun(folder);
    const extent = { steps, checkpoints, checkpointEvery: 100 };
    const engine = await createEngine('cpu-portable');
    const findings: Finding[] = [];
    let done = 0;
    await replay(
      {
        folder,
        job: job as TrainingJob,
        document: document as RunDocument,
        ledger: ledger as LedgerLine[],
        base: root,
      },
      engine,
      passesFor(chooseSteps(extent, steps, 3), extent),
      collectInto(findings, folder),
      () => {
        done += 1;
        rmSync(join(folder, 'checkpoints'), { recursive: true, force: true });
      },
    );
    await engine.dispose();
    await held.release();
    expect({ done, findings }).toEqual({ done: steps, findings: [] });
  });

  test('need the text that the run was trained on', async () => {
    const other = mkdtempSync(join(root, 'other-'));
    writeFileSync(join(other, 'text.txt'), 'another fox, another dog\n'.repeat(12));
    const { error } = await verify('--replay', '1', '--data-root', other);
    expect(String(error)).toContain(relative(root, other));
  });

  test('need the arithmetic that the run was trained with', async () => {
    const document = await readRunDocument(folder);
    await writeRunDocument(folder, { ...document, fingerprint: 'cpu-portable/elsewhere' });
    for (const step of [middle, steps]) {
      const { state, tensors } = await loadCheckpoint(folder, step);
      await writeCheckpoint(folder, { ...state, fingerprint: 'cpu-portable/elsewhere' }, tensors as never);
    }
    const { error } = await verify('--replay', '1');
    expect(String(error)).toContain('whose bits differ');
  });
});
