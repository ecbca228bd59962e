// Where a run of `rondo train` goes.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRunFolder } from '@rondo/storage';

/** Of runs without --out, in the current folder. */
const runsFolder = 'runs';

/**
 * `--out DIR` itself; else a new `runs/<name>-<n>`; with --resume the one of the highest number, if there is one.
 * @returns the folder, and whether it was made just now.
 */
export async function chooseRunFolder(
  name: string,
  { out, resume }: { readonly out?: string | undefined; readonly resume: boolean },
): Promise<{ folder: string; made: boolean }> {
  if (out !== undefined) return { folder: out, made: false };
  const newest = resume ? await newestRunFolder(runsFolder, name) : undefined;
  if (newest !== undefined) return { folder: newest, made: false };
  return { folder: await createRunFolder(runsFolder, name), made: true };
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
