// A lock on a folder, for processes on one machine or on several that share the folder. The holder is written down, so
// that a crashed one does not hold it for good. The locks of a folder are `.lock-1`, `.lock-2` …: the highest counts, and
// a stale one is succeeded by the next number rather than replaced, so that two successors cannot both win.

import { randomUUID } from 'node:crypto';
import { readdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSystemError, RunFault } from './run-fault.ts';

export interface FolderLock {
  release(): Promise<void>;
}

export interface LockTimes {
  /** How often a holder touches its lock. */
  readonly heartbeatMs: number;
  /** How long a lock from elsewhere is watched for a touch before it counts as stale. */
  readonly watchMs: number;
}

const defaultTimes: LockTimes = { heartbeatMs: 2_000, watchMs: 15_000 };

interface Holder {
  readonly id: string;
  readonly host: string;
  /** Process numbers mean the same where these are equal: a boot of a machine, and a namespace of it. */
  readonly processSpace: string;
  readonly pid: number;
  /** Of the process, as the system counts: tells it from a later one of the same number. */
  readonly startTime: string | undefined;
}

/**
 * @param onLost is told when another process took the lock over, which means that this one stood still for long: it must
 * stop writing.
 * @throws RunFault `run-locked` that names the holder.
 */
export async function lockFolder(
  folder: string,
  onLost: (fault: RunFault) => void,
  times: LockTimes = defaultTimes,
): Promise<FolderLock> {
  const holder = await thisHolder();
  for (;;) {
    const number = await highestLock(folder);
    if (number > 0) await expectStale(folder, number, holder, times);
    const path = lockPath(folder, number + 1);
    if (!(await create(path, holder))) continue;
    // One that saw an older state may have created a lower number meanwhile; one of us sees the other, and that one wins.
    if ((await highestLock(folder)) > number + 1) {
      await rm(path, { force: true });
      continue;
    }
    for (const other of await lockNumbers(folder)) {
      if (other <= number) await rm(lockPath(folder, other), { force: true });
    }
    return keep(path, holder, onLost, times);
  }
}

/** Keeps touching the lock, so that machines which cannot see this process know that it lives. */
function keep(path: string, holder: Holder, onLost: (fault: RunFault) => void, times: LockTimes): FolderLock {
  let released = false;
  const beat = async () => {
    const now = new Date();
    const current = await readHolder(path);
    if (current?.id === holder.id) await utimes(path, now, now);
    else if (!released) lost();
  };
  const lost = () => {
    clearInterval(timer);
    onLost(new RunFault('run-lock-lost', `${path}: another process took this lock; this one must stop writing`));
  };
  // A disk that fails for a while has taken nothing away: the lock is lost when somebody else's name is read.
  const timer = setInterval(() => void beat().catch(() => {}), times.heartbeatMs);
  timer.unref();
  return {
    async release() {
      released = true;
      clearInterval(timer);
      if ((await readHolder(path))?.id === holder.id) await rm(path, { force: true });
    },
  };
}

const lockPath = (folder: string, number: number) => join(folder, `.lock-${number}`);

async function lockNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => (/^\.lock-[0-9]+$/.test(name) ? [Number(name.slice('.lock-'.length))] : []));
}

async function highestLock(folder: string): Promise<number> {
  return Math.max(0, ...(await lockNumbers(folder)));
}

async function create(path: string, holder: Holder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    // A full disk takes the name without the content: nobody could tell whose lock that is.
    await rm(path, { force: true }).catch(() => {});
    throw error;
  }
}

/** Returns when a lock is stale or gone. @throws RunFault when somebody holds it. */
async function expectStale(folder: string, number: number, self: Holder, times: LockTimes): Promise<void> {
  const path = lockPath(folder, number);
  const holder = await readHolder(path);
  const sameSpace = holder !== undefined && holder.processSpace === self.processSpace;
  const held = sameSpace ? await isAlive(holder) : await isTouched(path, times);
  if (!held) return;
  // A lock that was being written at the first look is whole by now.
  throw lockedFault(folder, describe(holder ?? (await readHolder(path))));
}

export function lockedFault(folder: string, holder: string): RunFault {
  return new RunFault('run-locked', `${folder}: in use by ${holder}; wait for it or stop it`);
}

function describe(holder: Holder | undefined): string {
  return holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
}

/**
 * Who holds a folder, as far as one look tells: a lock from elsewhere counts where its last touch is recent by this
 * machine's clock. Only lockFolder makes sure.
 * @returns words for a person, or undefined when nobody does.
 */
export async function holderOf(folder: string): Promise<string | undefined> {
  const number = await highestLock(folder);
  if (number === 0) return undefined;
  const path = lockPath(folder, number);
  const holder = await readHolder(path);
  const { processSpace } = await thisHolder();
  const touched = await touchedAt(path);
  const held =
    holder?.processSpace === processSpace
      ? await isAlive(holder)
      : touched !== undefined && Math.abs(Date.now() - touched) < defaultTimes.watchMs;
  return held ? describe(holder) : undefined;
}

/** undefined when the lock is gone, or not yet written. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Watches the file's time rather than comparing it with a clock, which may be another machine's. */
async function isTouched(path: string, { heartbeatMs, watchMs }: LockTimes): Promise<boolean> {
  const first = await touchedAt(path);
  if (first === undefined) return false;
  for (let waited = 0; waited < watchMs; waited += heartbeatMs) {
    await sleep(heartbeatMs);
    const now = await touchedAt(path);
    if (now === undefined) return false;
    if (now !== first) return true;
  }
  return false;
}

async function touchedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function thisHolder(): Promise<Holder> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return {
    id: randomUUID(),
    host: hostname(),
    processSpace: `${boot.trim() || hostname()} ${namespace}`,
    pid: process.pid,
    startTime: (await processState(process.pid))?.startTime,
  };
}

async function isAlive({ pid, startTime }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return isSystemError(error, 'EPERM');
  }
  const state = await processState(pid);
  return state === undefined || (!state.dead && state.startTime === startTime);
}

/** From Linux's /proc; undefined elsewhere. A zombie counts as dead: it only waits for its parent. */
async function processState(pid: number): Promise<{ dead: boolean; startTime: string } | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in brackets and may hold anything; the state is the third, the start the 22nd.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { dead: fields[0] === 'Z' || fields[0] === 'X', startTime: fields[19] };
  } catch {
    return undefined;
  }
}
