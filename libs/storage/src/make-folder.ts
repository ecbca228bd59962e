// Makes a folder with its parents.

import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSystemError, RunFault } from './run-fault.ts';

/**
 * Makes the missing ones one after the other: Node's own recursive mkdir never ends where the system says of a folder
 * whose parent is there that the parent is not, as in /proc.
 * @returns the folders that it made, the outermost first.
 * @throws RunFault `run-no-folder`.
 */
export async function makeFolder(path: string): Promise<string[]> {
  const made: string[] = [];
  try {
    for (const folder of await missingFolders(path)) {
      if (await makeOne(folder)) made.push(folder);
    }
    return made;
  } catch (error) {
    for (const folder of made.toReversed()) await rmdir(folder).catch(() => {});
    if (error instanceof RunFault || !(error instanceof Error)) throw error;
    throw new RunFault('run-no-folder', `${path}: cannot be made (${error.message}); choose another folder`);
  }
}

/** @returns false when another process was faster. */
async function makeOne(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST') && (await isFolder(folder))) return false;
    throw error;
  }
}

async function missingFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = path; !(await isFolder(at)); at = dirname(at)) missing.unshift(at);
  return missing;
}

/** @throws RunFault when it is something else. */
async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
  throw new RunFault('run-no-folder', `${path}: is no folder; choose another one`);
}
