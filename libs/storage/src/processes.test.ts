// What takes several real processes to show: locks by the living and the dead, and what kill -9 leaves on disk.
// The children run what was built (`npm test` builds first).

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listCheckpoints, loadCheckpoint, newestWhole, tidyCheckpoints } from './checkpoint.ts';
import { readLog } from './log-files.ts';
import { openRun } from './run-folder.ts';

const library = dirname(dirname(fileURLToPath(import.meta.url)));
const children: ChildProcess[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rondo-processes-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const open = () => openRun(folder, { resume: true, onLost: (fault) => expect.unreachable(fault.message) });
const locks = () => readdirSync(folder).filter((name) => name.startsWith('.lock'));

/** Tries to open the folder, says `open` or the fault's code, and stays until it is killed. */
const opener = `
import { openRun } from '@rondo/storage';
const onLost = () => console.log('lost');
const state = await openRun(process.argv[1], { resume: true, onLost }).then(() => 'open', (fault) => fault.code);
console.log(state);
setInterval(() => {}, 1000);`;

function start(source: string, ...prefix: string[]): ChildProcess {
  const command = [...prefix, process.execPath, '--input-type=module', '-e', source, folder];
  const child = spawn(command[0], command.slice(1), { cwd: library, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

const firstLine = (child: ChildProcess) =>
  new Promise<string>((resolve) => child.stdout?.once('data', (data) => resolve(String(data).trim())));

const killed = (child: ChildProcess) =>
  new Promise((resolve) => {
    child.once('exit', (_code, signal) => resolve(signal));
    child.kill('SIGKILL');
  });

describe('the lock of a run', () => {
  test('is held by a living process, which the fault names, and not by a killed one', async () => {
    const child = start(opener);
    expect(await firstLine(child)).toBe('open');
    await expect(open()).rejects.toMatchObject({
      code: 'run-locked',
      message: expect.stringContaining(`in use by process ${child.pid} on `),
    });
    expect(await killed(child)).toBe('SIGKILL');
    const run = await open();
    expect(locks()).toEqual(['.lock-2']);
    await run.release();
    expect(locks()).toEqual([]);
  });

  const linux = existsSync('/proc/self/stat');
  test.skipIf(!linux)('is not held by a killed process that waits for its parent (needs /proc)', async () => {
    // The shell starts the opener, then becomes a program that never asks for its children.
    const parent = start(opener, 'sh', '-c', '"$@" & echo "$!"; exec sleep 60', 'sh');
    const lines = await new Promise<string[]>((resolve) => {
      let text = '';
      parent.stdout?.on('data', (data) => {
        text += data;
        if (text.includes('open')) resolve(text.trim().split('\n'));
      });
    });
    process.kill(Number(lines[0]), 'SIGKILL');
    await expect.poll(() => open().then((run) => run.release())).toBeUndefined();
  });

  test('goes to exactly one of many that come at once after a crash', async () => {
    const crashed = start(opener);
    await firstLine(crashed);
    await killed(crashed);
    const states = await Promise.all(Array.from({ length: 5 }, () => firstLine(start(opener))));
    expect(states.sort()).toEqual(['open', 'run-locked', 'run-locked', 'run-locked', 'run-locked']);
    expect(locks()).toEqual(['.lock-2']);
  });
});

test('lines of a log survive kill -9', async () => {
  const writer = start(`
    import { join } from 'node:path';
    import { LogFile, runPaths } from '@rondo/storage';
    const log = new LogFile(runPaths(process.argv[1]).metrics, () => process.exit(1));
    for (let step = 1; step <= 50; step++) log.append(JSON.stringify({ step }));
    process.kill(process.pid, 'SIGKILL');`);
  expect(await new Promise((resolve) => writer.once('exit', (_code, signal) => resolve(signal)))).toBe('SIGKILL');
  const expected = Array.from({ length: 50 }, (_, i) => JSON.stringify({ step: i + 1 }));
  expect(readLog(join(folder, 'metrics.jsonl'))).toEqual(expected);
});

test('whenever a writer of checkpoints is killed, what is there is whole', async () => {
  const writer = `
    import { pruneCheckpoints, writeCheckpoint } from '@rondo/storage';
    const weights = { w: { shape: [50000], data: new Float32Array(50000) } };
    const state = { epoch: 0, stepInEpoch: 0, ledgerHead: '', metricsHead: '', engine: 'js', fingerprint: '' };
    for (let step = 1; ; step++) {
      weights.w.data.fill(step);
      await writeCheckpoint(process.argv[1], { ...state, step }, { weights, optimizer: {} });
      // Again, in the place of the first.
      await writeCheckpoint(process.argv[1], { ...state, step }, { weights, optimizer: {} });
      await pruneCheckpoints(process.argv[1], 2, 1);
      if (step === 3) console.log('three');
    }`;
  for (const afterMs of [0, 1, 2, 3, 5, 7, 11, 13]) {
    const child = start(writer);
    await firstLine(child);
    await sleep(afterMs);
    await killed(child);
    await tidyCheckpoints(folder);
    const steps = await listCheckpoints(folder);
    expect(steps.length).toBeGreaterThanOrEqual(3);
    const { checkpoint, refused } = await newestWhole(folder);
    expect(refused).toEqual([]);
    expect(checkpoint?.state.step).toBe(steps.at(-1));
    for (const step of steps) {
      const { weights } = (await loadCheckpoint(folder, step)).tensors;
      expect(weights?.w.data.every((value) => value === step)).toBe(true);
    }
    rmSync(join(folder, 'checkpoints'), { recursive: true });
  }
});
