// Where a run of `rondo train` goes.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFault, usageStatus } from '@rondo/command';
import { createRunFolder, expectUsable, RunFault } from '@rondo/storage';

/** Of runs without --out, in the current folder. */
const runsFolder = 'runs';

export interface RunPlaceOptions {
  readonly out?: string | undefined;
  readonly resume: boolean;
}

/**
 * `--out DIR` itself; with --resume alone the `runs/<name>-<n>` of the highest number; undefined where a new one is to
 * be made.
 * @throws CommandFault of bad usage when a run cannot go there.
 */
export async function existingRunFolder(name: string, { out, resume }: RunPlaceOptions): Promise<string | undefined> {
  const folder = out ?? (resume ? await newestRunFolder(runsFolder, name) : undefined);
  if (folder !== undefined) await expectUsable(folder, { resume }).catch(refuse);
  return folder;
}

/** @returns a new `runs/<name>-<n>`, n the first free number. @throws CommandFault of bad usage. */
export function newRunFolder(name: string): Promise<string> {
  return createRunFolder(runsFolder, name).catch(refuse);
}

function refuse(error: unknown): never {
  throw error instanceof RunFault ? new CommandFault(error.message, usageStatus) : error;
}

export async function newestRunFolder(root: string, name: string): Promise<string | undefined> {
  const names = await readdir(root).catch(() => []);
  const numbers = names
    .filter((entry) => entry.startsWith(`${name}-`))
    .map((entry) => entry.slice(name.length + 1))
    .filter((number) => /^[1-9]\d{0,8}$/.test(number))
    .map(Number);
  return numbers.length === 0 ? undefined : join(root, `${name}-${Math.max(...numbers)}`);
}
