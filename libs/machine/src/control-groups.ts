// The control groups that this process is in: where Linux keeps the limits of containers and services.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @returns a small file's text without the line's end; undefined where it is not there or not to be read. */
export function textOf(...path: string[]): string | undefined {
  try {
    return readFileSync(join(...path), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/**
 * Folders that may hold limits of version 2's or of version 1's files: the process's own group, then every parent, since
 * a limit holds for all below it. In a container the mount often shows the own group as its root, and the others not at all.
 * @param root where the machine's files begin.
 */
export function groupFolders(root: string, controller: 'cpu' | 'memory'): string[] {
  const lines = textOf(root, 'proc/self/cgroup')?.split('\n') ?? [];
  return lines.flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    const mounts = mountsOf(controllers, controller);
    const names = path?.split('/').filter((name) => name !== '') ?? [];
    const depths = Array.from({ length: names.length + 1 }, (_, above) => names.length - above);
    return mounts.flatMap((mount) => depths.map((depth) => join(root, mount, ...names.slice(0, depth))));
  });
}

/** @param controllers of a line in /proc/self/cgroup: empty for version 2, names for one of version 1's hierarchies. */
function mountsOf(controllers: string | undefined, wanted: string): string[] {
  if (controllers === '') return ['sys/fs/cgroup', 'sys/fs/cgroup/unified'];
  if (!controllers?.split(',').includes(wanted)) return [];
  return [...new Set([controllers, wanted])].map((name) => `sys/fs/cgroup/${name}`);
}
