// Goodput: what share of the work that the living workers could have done was committed.

import type { ChaosResult } from './chaos.ts';
import { stepsAt, type Window } from './commits.ts';

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
function workerSeconds(lives: readonly Life[], reductions: readonly Reduction[], window: Window): number {
  const overlapMs = ({ fromMs, toMs }: { fromMs: number; toMs?: number | undefined }) =>
    Math.max(0, Math.min(toMs ?? window.toMs, window.toMs) - Math.max(fromMs, window.fromMs));
  const aliveMs = lives.reduce((sum, life) => sum + overlapMs(life), 0);
  const lostMs = reductions.reduce((sum, reduction) => sum + (1 - reduction.share) * overlapMs(reduction), 0);
  return (aliveMs - lostMs) / 1000;
}

/** What was committed in windows of time, and by how much workers' time. */
export interface Throughput {
  readonly sequences: number;
  readonly workerSeconds: number;
}

/** @param batch sequences a step. */
export function throughput(
  { commits, lives, reductions, batch }: Pick<ChaosResult, 'commits' | 'lives' | 'reductions' | 'batch'>,
  windows: readonly Window[],
): Throughput {
  const sum = (of: (window: Window) => number) => windows.reduce((total, window) => total + of(window), 0);
  return {
    sequences: batch * sum(({ fromMs, toMs }) => stepsAt(commits, toMs) - stepsAt(commits, fromMs)),
    workerSeconds: sum((window) => workerSeconds(lives, reductions, window)),
  };
}

/** Sequences a worker-second. */
export const rate = ({ sequences, workerSeconds }: Throughput): number => sequences / workerSeconds;
