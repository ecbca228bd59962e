// How many cores this process may compute on.

import { availableParallelism } from 'node:os';
import { groupFolders, textOf } from './control-groups.ts';

/**
 * Physical cores that the process's affinity allows, two threads of one core counted once, and no more than the CPU quota
 * of its control groups pays for. At least 1. Without Linux's files: the processors that Node counts.
 * @param root where the machine's files begin.
 */
export function physicalCores(root = '/'): number {
  const cores = allowedCores(root) ?? availableParallelism();
  const quotas = groupFolders(root, 'cpu').map(quotaOf);
  return Math.max(1, Math.floor(Math.min(cores, ...quotas)));
}

function allowedCores(root: string): number | undefined {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(textOf(root, 'proc/self/status') ?? '') ?? [];
  if (list === undefined) return undefined;
  const siblings = (processor: number) =>
    textOf(root, `sys/devices/system/cpu/cpu${processor}/topology/thread_siblings_list`) ?? `${processor}`;
  return new Set(numbersIn(list).map(siblings)).size;
}

/** @param list e.g. "0-2,8" */
function numbersIn(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Processors that a group may keep busy; no limit: infinity. */
function quotaOf(folder: string): number {
  const [quota, period] = textOf(folder, 'cpu.max')?.split(' ') ?? [
    textOf(folder, 'cpu.cfs_quota_us'),
    textOf(folder, 'cpu.cfs_period_us'),
  ];
  const processors = Number(quota) / Number(period); // "max" and what is missing make NaN, version 1's "none" is -1
  return processors > 0 ? processors : Number.POSITIVE_INFINITY;
}
