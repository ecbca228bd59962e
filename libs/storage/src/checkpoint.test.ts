// Checkpoints on a real disk: round trips, every kind of damage, what crashes leave, pruning.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  bestStep,
  type CheckpointTensors,
  checkpointPath,
  listCheckpoints,
  loadCheckpoint,
  newestWhole,
  pruneCheckpoints,
  removeCheckpointsAfter,
  setCheckpointAside,
  tidyCheckpoints,
  writeCheckpoint,
} from './checkpoint.ts';

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'rondo-checkpoint-'));
});
afterEach(() => rmSync(run, { recursive: true, force: true }));

const tensorsOf = (step: number): CheckpointTensors => ({
  weights: { w: { shape: [2, 2], data: Float32Array.of(step, 2, 3, 4) } },
  optimizer: { 'w.exp_avg': { shape: [2, 2], data: Float32Array.of(5, 6, 7, step) } },
  recurrent: { '0/h_l0': { shape: [1, 2], data: Float32Array.of(step, 9) } },
});

const stateOf = (step: number, validationLoss?: number) => ({
  step,
  epoch: 1,
  stepInEpoch: 3,
  ledgerHead: 'ab'.repeat(32),
  metricsHead: 'cd'.repeat(32),
  engine: 'webasm',
  fingerprint: 'webasm/gpu.js 2.24.1/9f02c41d',
  ...(validationLoss === undefined ? {} : { validationLoss, rank: validationLoss }),
});

const write = (step: number, validationLoss?: number) =>
  writeCheckpoint(run, stateOf(step, validationLoss), tensorsOf(step));

/** Everything below `checkpoints/`, by name. */
const entries = () => readdirSync(join(run, 'checkpoints')).sort();

describe('round trip', () => {
  test('gives back tensors and state', async () => {
    await write(100, 2.5);
    const { path, state, tensors } = await loadCheckpoint(run, 100);
    expect(path).toBe(join(run, 'checkpoints', 'step-00000100'));
    expect(tensors).toEqual(tensorsOf(100));
    expect(state).toMatchObject(stateOf(100, 2.5));
    expect(entries()).toEqual(['step-00000100']);
  });

  test('without recurrent state, and one part alone', async () => {
    const { weights, optimizer } = tensorsOf(1);
    await writeCheckpoint(run, stateOf(1), { weights, optimizer });
    expect(readdirSync(checkpointPath(run, 1)).sort()).toEqual([
      'optimizer.safetensors',
      'state.json',
      'weights.safetensors',
    ]);
    expect((await loadCheckpoint(run, 1)).tensors).toEqual({ weights, optimizer });
    rmSync(join(checkpointPath(run, 1), 'optimizer.safetensors'));
    expect((await loadCheckpoint(run, 1, ['weights'])).tensors).toEqual({ weights });
  });

  test('the same content gives the same bytes', async () => {
    await write(7);
    const first = readdirSync(checkpointPath(run, 7)).map((name) => readFileSync(join(checkpointPath(run, 7), name)));
    await write(7);
    const second = readdirSync(checkpointPath(run, 7)).map((name) => readFileSync(join(checkpointPath(run, 7), name)));
    expect(second).toEqual(first);
  });

  test('an existing checkpoint of the same step is replaced, a torn one too', async () => {
    await write(7);
    writeFileSync(join(checkpointPath(run, 7), 'state.json'), '');
    await writeCheckpoint(run, stateOf(7), tensorsOf(8));
    expect((await loadCheckpoint(run, 7)).tensors).toEqual(tensorsOf(8));
    expect(entries()).toEqual(['step-00000007']);
  });

  test('a missing one has its own code', async () => {
    await expect(loadCheckpoint(run, 5)).rejects.toMatchObject({ code: 'checkpoint-missing' });
    expect(await newestWhole(run)).toEqual({ checkpoint: undefined, refused: [] });
    expect(await listCheckpoints(run)).toEqual([]);
    expect(await bestStep(run)).toBeUndefined();
  });
});

describe('damage', () => {
  const files = ['weights.safetensors', 'optimizer.safetensors', 'recurrent.safetensors', 'state.json'];

  test.each(files)('%s: missing, cut anywhere, or with any byte flipped, is never loaded', async (name) => {
    await write(3);
    const path = join(checkpointPath(run, 3), name);
    const whole = readFileSync(path);
    const expectTorn = () =>
      expect(loadCheckpoint(run, 3)).rejects.toMatchObject({
        code: 'checkpoint-torn',
        message: expect.stringContaining(path),
      });
    // The line break at the end of state.json says nothing.
    const said = name === 'state.json' ? whole.length - 1 : whole.length;
    for (let at = 0; at < said; at += 3) {
      writeFileSync(path, whole.subarray(0, at));
      await expectTorn();
      const flipped = Buffer.from(whole);
      flipped[at] ^= 0x10;
      writeFileSync(path, flipped);
      await expectTorn();
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.from('x')]));
    await expectTorn();
    rmSync(path);
    await expectTorn();
  });

  test('a checkpoint under another step’s name is refused', async () => {
    await write(3);
    renameSync(checkpointPath(run, 3), checkpointPath(run, 4));
    await expect(loadCheckpoint(run, 4)).rejects.toMatchObject({ code: 'checkpoint-torn' });
  });

  test('the newest whole one is found behind torn ones, with the reasons', async () => {
    for (const step of [10, 20, 30, 40]) await write(step);
    writeFileSync(join(checkpointPath(run, 30), 'weights.safetensors'), '');
    rmSync(join(checkpointPath(run, 40), 'state.json'));
    const { checkpoint, refused } = await newestWhole(run);
    expect(checkpoint?.state.step).toBe(20);
    expect(refused).toEqual([
      { step: 40, reason: expect.stringContaining('state.json: is missing') },
      { step: 30, reason: expect.stringContaining('weights.safetensors: its 0 bytes do not match') },
    ]);
  });

  test('what a crash left beside its place is no checkpoint, and the next write of that step succeeds', async () => {
    await write(10);
    const left = join(run, 'checkpoints', `.step-00000020-${process.pid}`);
    cpSync(checkpointPath(run, 10), left, { recursive: true });
    mkdirSync(join(run, 'checkpoints', '.removed-step-00000020'));
    expect(await listCheckpoints(run)).toEqual([10]);
    expect((await newestWhole(run)).checkpoint?.state.step).toBe(10);
    await write(20);
    expect(entries()).toEqual(['step-00000010', 'step-00000020']);
  });

  test('one that was being replaced when the process was killed gets its name back', async () => {
    await write(10);
    const replaced = join(run, 'checkpoints', '.replaced-step-00000010');
    renameSync(checkpointPath(run, 10), replaced);
    mkdirSync(join(run, 'checkpoints', '.step-00000009-1'));
    await tidyCheckpoints(run);
    expect(entries()).toEqual(['step-00000010']);
    expect((await loadCheckpoint(run, 10)).tensors).toEqual(tensorsOf(10));
    cpSync(checkpointPath(run, 10), replaced, { recursive: true });
    await tidyCheckpoints(run);
    expect(entries()).toEqual(['step-00000010']);
  });

  test('one that was refused is set aside, and counts as none', async () => {
    await write(10);
    await setCheckpointAside(run, 10);
    await write(10);
    await setCheckpointAside(run, 10);
    expect(entries()).toEqual(['refused-step-00000010']);
    expect(await listCheckpoints(run)).toEqual([]);
  });

  test('a write that fails leaves the old checkpoint and nothing else', async () => {
    await write(10);
    const broken = { ...tensorsOf(10), optimizer: { w: { shape: [3], data: new Float32Array(1) } } };
    await expect(writeCheckpoint(run, stateOf(10), broken)).rejects.toThrow('tensor w');
    expect((await loadCheckpoint(run, 10)).tensors).toEqual(tensorsOf(10));
    expect(entries()).toEqual(['step-00000010']);
  });
});

describe('pruning', () => {
  test('keeps the last ones and the best', async () => {
    for (const step of [1, 2, 3, 4, 5, 6]) await write(step, Math.abs(step - 2) + 1);
    expect(await bestStep(run)).toBe(2);
    expect(await pruneCheckpoints(run, 3, await bestStep(run))).toEqual([1, 3]);
    expect(entries()).toEqual([2, 4, 5, 6].map((step) => `step-0000000${step}`));
    expect(await pruneCheckpoints(run, 3, 5)).toEqual([2]);
    expect(await pruneCheckpoints(run, 9, undefined)).toEqual([]);
  });

  test('keeps the newest at or before every step that is needed', async () => {
    for (const step of [10, 20, 30, 40, 50]) await write(step);
    expect(await pruneCheckpoints(run, 1, undefined, [9, 20, 35])).toEqual([10, 40]);
    expect(await pruneCheckpoints(run, 1, undefined, [])).toEqual([20, 30]);
  });

  test('removes all after a step', async () => {
    for (const step of [10, 20, 30]) await write(step);
    await removeCheckpointsAfter(run, 20);
    expect(await listCheckpoints(run)).toEqual([10, 20]);
    await removeCheckpointsAfter(run, 5);
    expect(await listCheckpoints(run)).toEqual([]);
  });

  test('the best is the earliest of equals, among those that were validated and can be read', async () => {
    await write(1);
    await write(2, 3);
    await write(3, 2);
    await write(4, 2);
    await write(5, 1);
    await write(6, Number.NaN);
    writeFileSync(join(checkpointPath(run, 5), 'state.json'), '{}');
    expect(await bestStep(run)).toBe(3);
  });

  test('steps beyond eight digits sort as numbers', async () => {
    await write(100_000_000);
    await write(99_999_999);
    expect(await listCheckpoints(run)).toEqual([99_999_999, 100_000_000]);
  });
});
