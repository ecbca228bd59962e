// Locks within one process, and those that other machines left. Other processes: processes.test.ts.

import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './lock.ts';
import type { RunFault } from './run-fault.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rondo-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const times = { heartbeatMs: 20, watchMs: 200 };
const unexpected = (fault: RunFault) => expect.unreachable(fault.message);
const lock = (onLost: (fault: RunFault) => void = unexpected) => lockFolder(folder, onLost, times);
const locks = () => readdirSync(folder).sort();

/** What a lock of this process says. */
async function ownHolder(): Promise<object> {
  const own = await lock();
  const holder = JSON.parse(readFileSync(join(folder, locks()[0]), 'utf8'));
  await own.release();
  return holder;
}

const writeLock = (name: string, holder: object) => writeFileSync(join(folder, name), JSON.stringify(holder));

const elsewhere = { id: 'other', host: 'far-away', processSpace: 'another boot', pid: 1 };

test('one at a time, and again after the release', async () => {
  const first = await lock();
  await expect(lock()).rejects.toMatchObject({ code: 'run-locked' });
  await first.release();
  await (await lock()).release();
  expect(locks()).toEqual([]);
});

test('a stale lock goes to exactly one of many', async () => {
  for (let round = 0; round < 20; round++) {
    writeLock('.lock-3', { ...(await ownHolder()), id: 'crashed', pid: 2 ** 22 + 1 });
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => lock()));
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won).toHaveLength(1);
    expect(locks()).toEqual(['.lock-4']);
    await won[0].value.release();
  }
});

test.skipIf(!existsSync('/proc/self/stat'))(
  'a later process of the same number holds nothing (needs /proc)',
  async () => {
    writeLock('.lock-1', { ...(await ownHolder()), id: 'before', startTime: '1' });
    await (await lock()).release();
  },
);

test('a lock from another machine is stale once nobody touches it', async () => {
  writeLock('.lock-1', elsewhere);
  await (await lock()).release();
  expect(locks()).toEqual([]);
});

test('a lock from another machine holds while it is touched', async () => {
  writeLock('.lock-1', elsewhere);
  let seconds = 0;
  const touching = setInterval(() => utimesSync(join(folder, '.lock-1'), 0, ++seconds), 10);
  try {
    await expect(lock()).rejects.toMatchObject({
      code: 'run-locked',
      message: expect.stringContaining('process 1 on far-away'),
    });
  } finally {
    clearInterval(touching);
  }
});

test('one that judged by an older state gives way to a later lock', async () => {
  const living = await ownHolder();
  writeLock('.lock-1', elsewhere);
  const late = lock();
  // While it watches the first lock, others succeed each other.
  await sleep(2 * times.heartbeatMs);
  writeLock('.lock-5', living);
  rmSync(join(folder, '.lock-1'));
  await expect(late).rejects.toMatchObject({ code: 'run-locked' });
  expect(locks()).toEqual(['.lock-5']);
});

test('a lock that was never finished holds nothing', async () => {
  writeFileSync(join(folder, '.lock-7'), '{"pid"');
  await (await lock()).release();
  expect(locks()).toEqual([]);
});

test('a holder touches its lock, and hears when another takes it', async () => {
  const lost = new Promise<RunFault>((resolve) => void lock(resolve));
  await expect.poll(() => locks()).toEqual(['.lock-1']);
  const path = join(folder, '.lock-1');
  utimesSync(path, 0, 0);
  await expect.poll(() => statSync(path).mtimeMs).toBeGreaterThan(0);
  rmSync(path);
  writeLock('.lock-2', elsewhere);
  expect((await lost).code).toBe('run-lock-lost');
});
