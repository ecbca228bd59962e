// How long the cluster took to go on after each fault, by kind.

import type { FaultRecord } from './chaos.ts';
import { type Commit, longestExcess, type Normal } from './commits.ts';
import type { FaultKind } from './schedule.ts';

/**
 * By kind, ms of every fault that struck and after which there was a commit: beyond a normal step, of the slowest step under
 * way during the fault; of the coordinator's kills, from the kill to the first commit.
 */
export function recoveries(
  records: readonly FaultRecord[],
  commits: readonly Commit[],
  normal: Normal,
): Partial<Record<FaultKind, number[]>> {
  const byKind: Partial<Record<FaultKind, number[]>> = {};
  for (const { fault, ...record } of records) {
    if (!('strike' in record)) continue;
    const { strike } = record;
    const ms = fault.kind.startsWith('coordinator-kill')
      ? untilCommit(commits, strike.fromMs)
      : longestExcess(commits, strike, normal);
    if (ms !== undefined) byKind[fault.kind] = [...(byKind[fault.kind] ?? []), ms];
  }
  return byKind;
}

function untilCommit(commits: readonly Commit[], fromMs: number): number | undefined {
  const next = commits.find(({ atMs }) => atMs > fromMs);
  return next && next.atMs - fromMs;
}
