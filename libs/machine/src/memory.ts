// How much memory this process may use.

import { totalmem } from 'node:os';
import { groupFolders, textOf } from './control-groups.ts';

/**
 * Bytes: the least of the machine's memory and the limits of the process's control groups.
 * @param root where the machine's files begin.
 */
export function memoryLimitBytes(root = '/'): number {
  return Math.min(totalmem(), ...groupFolders(root, 'memory').map(limitOf));
}

function limitOf(folder: string): number {
  const limit = Number(textOf(folder, 'memory.max') ?? textOf(folder, 'memory.limit_in_bytes') ?? 'max');
  return Number.isFinite(limit) ? limit : Number.POSITIVE_INFINITY;
}
