// For tests: programs that run on a small disk of their own, a tmpfs in a mount namespace, which they may fill or turn read-only.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Without root's rights, or with them where user namespaces are off. */
const namespaces = [['--user', '--map-root-user', '--mount'], ['--mount']];
const mounting = 'mount -t tmpfs -o size="$1" tmpfs "$0" && shift && exec "$@"';

/** What every program begins with. */
const prelude = `
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
const folder = process.argv[2];
const filler = join(folder, 'filler');
function fill() {
  for (const size of [65536, 4096, 1]) {
    try { for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' }); } catch (error) { assert.equal(error.code, 'ENOSPC'); }
  }
}
const empty = () => rmSync(filler);
const remount = (mode) => assert.equal(spawnSync('mount', ['-o', 'remount,' + mode, folder]).status, 0);
`;

/**
 * @param {string[]} namespace
 * @param {string} size
 * @param {string[]} command gets the disk's folder as its last argument
 */
function onTmpfs(namespace, size, command) {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-small-disk-'));
  try {
    const [program, ...rest] = ['unshare', ...namespace, 'sh', '-c', mounting, folder, size, ...command, folder];
    return spawnSync(program, rest, { encoding: 'utf8', timeout: 60_000 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const namespace = namespaces.find((options) => onTmpfs(options, '64k', ['true']).status === 0);

/** Whether this system lets a test have such a disk: needs `unshare` and `mount`, and user namespaces or root. */
export const hasSmallDisks = namespace !== undefined;

/**
 * Runs a module, which finds `folder` (the disk), `fill()`, `empty()`, `remount('ro' | 'rw')` and `assert`.
 * @param {string} size as in `256k`
 * @param {string} built folder of what the module imports, by `./` and by name
 * @param {string} source
 * @returns {{ status: number | null, stderr: string }} 0 and nothing when all is as asserted
 */
export function runOnSmallDisk(size, built, source) {
  const module = join(built, `small-disk-${randomUUID()}.mjs`);
  writeFileSync(module, prelude + source);
  try {
    const { status, stderr } = onTmpfs(namespace ?? [], size, [process.execPath, module]);
    return { status, stderr };
  } finally {
    rmSync(module);
  }
}
