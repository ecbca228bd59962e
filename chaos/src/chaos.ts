// The harness: a fault-free time to compare with, then faults by schedule while runs come one after the other, then the checks.

import { mkdtempSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Check, checkRuns } from './checks.ts';
import { Cluster } from './cluster.ts';
import type { Commit, Window } from './commits.ts';
import { strikers } from './faults/index.ts';
import type { Strike } from './faults/strike.ts';
import type { Reduction } from './goodput.ts';
import { batch, specOf, text } from './job.ts';
import { RunFeed } from './run-feed.ts';
import { drawSchedule, type Fault, type FaultKind, faultKinds, isCoordinators } from './schedule.ts';
import { findFakeTime, ShiftedClock } from './shifted-clock.ts';
import { SmallDisk } from './small-disk.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** With faults. */
  readonly minutes: number;
  readonly workers: number;
  /** From a fault to the next, on average. */
  readonly everyMs: number;
  readonly longestFaultMs: number;
  readonly paceMs: number;
  /** Steps of each run. */
  readonly steps: number;
  readonly checkpointEvery: number;
  readonly kinds: readonly FaultKind[];
  /** Faults come for so long, then not for a whole run, and so on: goodput compares the two. Absent: without pauses. */
  readonly pauseEveryMinutes?: number;
  /** Progress, for the person who waits. */
  say(text: string): void;
}

/** A fault that was carried out: what it did, or why it did not strike. */
export type FaultRecord = { readonly fault: Fault } & ({ readonly strike: Strike } | { readonly failure: string });

export interface ChaosResult {
  readonly options: ChaosOptions;
  /** Kinds of fault that this machine does not allow, and why. */
  readonly leftOut: Partial<Record<FaultKind, string>>;
  readonly faults: readonly FaultRecord[];
  readonly checks: readonly Check[];
  readonly commits: readonly Commit[];
  /** Without faults, before, between and after them: each from the first commit of a run to that of the run after. */
  readonly calm: readonly Window[];
  /** In which faults came. */
  readonly stormy: readonly Window[];
  readonly lives: Cluster['lives'];
  readonly reductions: readonly Reduction[];
  readonly batch: number;
  /** Kept when a check failed: logs and runs. */
  readonly folder: string | undefined;
}

export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const { say } = options;
  const folder = mkdtempSync(join(tmpdir(), 'rondo-chaos-'));
  const leftOut: Partial<Record<FaultKind, string>> = {};
  const mounted = await SmallDisk.mount(join(folder, 'disk'));
  const disk = typeof mounted === 'string' ? undefined : mounted;
  if (typeof mounted === 'string') leftOut['full-disk'] = `no small disk can be mounted here: ${mounted}`;
  const clocks = clocksIn(folder);
  if (clocks === undefined) {
    const reason = 'libfaketimeMT.so.1 is missing; `apt-get install faketime` installs it';
    Object.assign(leftOut, { 'worker-clock': reason, 'coordinator-clock': reason });
  }
  for (const [kind, reason] of Object.entries(leftOut)) say(`left out: ${kind}: ${reason}`);
  const cluster = new Cluster({ folder, text, disk, clocks, paceMs: options.paceMs });
  let kept: string | undefined = folder;
  try {
    const result = await disturb(cluster, { ...options, kinds: options.kinds.filter((kind) => !leftOut[kind]) });
    if (result.checks.every(({ passed }) => passed)) kept = undefined;
    return { ...result, options, leftOut, batch, folder: kept };
  } finally {
    await cluster.stop();
    if (kept !== undefined && disk !== undefined) await cp(cluster.runs, join(folder, 'runs'), { recursive: true });
    await disk?.close();
    if (kept === undefined) await rm(folder, { recursive: true });
  }
}

function clocksIn(folder: string): { coordinator: ShiftedClock; worker: ShiftedClock } | undefined {
  const library = findFakeTime();
  if (library === undefined) return undefined;
  const clock = (name: string) => new ShiftedClock(library, join(folder, `${name}-clock`));
  return { coordinator: clock('coordinator'), worker: clock('worker') };
}

type Disturbed = Omit<ChaosResult, 'options' | 'leftOut' | 'batch' | 'folder'>;

async function disturb(cluster: Cluster, options: ChaosOptions): Promise<Disturbed> {
  const { steps, checkpointEvery, workers, say } = options;
  const spec = specOf(steps, checkpointEvery);
  await cluster.startCoordinator();
  const feed = new RunFeed(cluster, spec);
  say('one worker, undisturbed');
  const undisturbed = await cluster.withUnpacedWorker(() => feed.trainOne());
  await cluster.startWorkers(workers);
  feed.begin();
  const calm: Window[] = [];
  const stormy: Window[] = [];
  const faults: FaultRecord[] = [];
  const pause = async () => {
    say(`${workers} workers, undisturbed`);
    calm.push(await feed.fullTurn());
  };
  for (const part of partsOf(options)) {
    await (options.pauseEveryMinutes === undefined ? feed.firstCommit() : pause());
    const fromMs = performance.now();
    faults.push(...(await storm(cluster, part, say)));
    stormy.push({ fromMs, toMs: performance.now() });
  }
  if (options.pauseEveryMinutes !== undefined) await pause();
  say('the last run');
  const runs = await feed.end();
  const checks = await checkRuns(cluster, runs, { steps, undisturbed, faults });
  const reductions = faults.flatMap((record) => reductionOf(cluster, record));
  return { faults, checks, commits: cluster.commits, calm, stormy, lives: cluster.lives, reductions };
}

interface Part {
  readonly faults: readonly Fault[];
  /** By the schedule's clock. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** The schedule in parts of equal length. */
function partsOf({ seed, minutes, pauseEveryMinutes, everyMs, longestFaultMs, workers, kinds }: ChaosOptions): Part[] {
  const forMs = 60_000 * minutes;
  const schedule = drawSchedule({ seed, forMs, everyMs, longestMs: longestFaultMs, workers, kinds });
  const parts = Math.ceil(minutes / (pauseEveryMinutes ?? minutes));
  return Array.from({ length: parts }, (_, part) => {
    const [fromMs, toMs] = [part, part + 1].map((at) => (at * forMs) / parts);
    return { faults: schedule.filter(({ atMs }) => atMs >= fromMs && atMs < toMs), fromMs, toMs };
  });
}

/** Carries faults out, one at a time on the same victim. Lasts until the part's time is over and all its faults too. */
async function storm(
  cluster: Cluster,
  { faults, fromMs, toMs }: Part,
  say: ChaosOptions['say'],
): Promise<FaultRecord[]> {
  const beganMs = performance.now() - fromMs;
  const last = new Map<string, Promise<unknown>>();
  const records: FaultRecord[] = [];
  for (const fault of faults) {
    await untilMs(beganMs + fault.atMs);
    const victim = isCoordinators(fault.kind) ? 'coordinator' : cluster.workers[fault.worker].name;
    const strike = async () => {
      say(`${seconds(performance.now() - beganMs)}: ${victim}: ${faultKinds[fault.kind].text}`);
      const record = await carryOut(cluster, fault);
      if ('failure' in record) say(`${victim}: ${fault.kind} ${record.failure}`);
      records.push(record);
    };
    last.set(victim, (last.get(victim) ?? Promise.resolve()).then(strike));
  }
  await untilMs(beganMs + toMs);
  await Promise.all(last.values());
  return records;
}

async function carryOut(cluster: Cluster, fault: Fault): Promise<FaultRecord> {
  try {
    await cluster.untilInUse(isCoordinators(fault.kind) ? undefined : cluster.workers[fault.worker]);
    return { fault, strike: await strikers[fault.kind](cluster, fault) };
  } catch (error) {
    return { fault, failure: (error as Error).message };
  }
}

function reductionOf({ workers }: Cluster, record: FaultRecord): Reduction[] {
  if (!('strike' in record) || record.strike.share === undefined) return [];
  const { fromMs, toMs, share } = record.strike;
  return [{ worker: workers[record.fault.worker].name, fromMs, toMs, share }];
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

const untilMs = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms - performance.now())));
