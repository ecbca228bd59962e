// Goodput: what share of the work that the living workers could have done was committed.

import { type Commit, stepsAt, type Window } from './commits.ts';

/** A worker process was there. */
export interface Life {
  readonly worker: string;
  readonly fromMs: number;
  /** undefined: it still is. */
  readonly toMs: number | undefined;
}

/** A time in which a fault left of a worker only this share: 0 stopped or parted from the coordinator, 0.25 slowed. */
export interface Reduction extends Window {
  readonly worker: string;
  readonly share: number;
}

/**
 * The time for which workers were available, in worker-seconds: from the start of a worker's process (that it loads its
 * engine counts against us) to its end, less the time in which it was stopped or parted from the coordinator, and less what a
 * slowed one lacks. Time in which the coordinator was dead, its disk full, or a link slow is available time.
 */
export function workerSeconds(lives: readonly Life[], reductions: readonly Reduction[], window: Window): number {
  const overlapMs = ({ fromMs, toMs }: { fromMs: number; toMs?: number | undefined }) =>
    Math.max(0, Math.min(toMs ?? window.toMs, window.toMs) - Math.max(fromMs, window.fromMs));
  const aliveMs = lives.reduce((sum, life) => sum + overlapMs(life), 0);
  const lostMs = reductions.reduce((sum, reduction) => sum + (1 - reduction.share) * overlapMs(reduction), 0);
  return (aliveMs - lostMs) / 1000;
}

/**
 * Committed sequences / (fault-free rate x worker time available), where the fault-free rate is that of the same workers
 * on the same spec in the same run of the harness before the first fault, in sequences a worker-second.
 * @param batch sequences a step.
 */
export function goodput(
  commits: readonly Commit[],
  window: Window,
  batch: number,
  available: { readonly workerSeconds: number; readonly sequencesPerWorkerSecond: number },
): number {
  const sequences = batch * (stepsAt(commits, window.toMs) - stepsAt(commits, window.fromMs));
  return sequences / (available.sequencesPerWorkerSecond * available.workerSeconds);
}
