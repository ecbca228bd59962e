// Files that survive a crash: written whole and synced, or not there; read whole, with their SHA-256.

import { createHash } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Between two of these other work gets its turn; hashing one takes about a millisecond. */
const pieceBytes = 2 ** 20;

/** Makes a file's content durable, or a folder's entries: new names, renames. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface WrittenFile {
  /** Hexadecimal. */
  readonly sha256: string;
  /** Time of hashing: all that the writing takes of this thread. */
  readonly hashMs: number;
}

/**
 * Writes a new file and syncs it.
 * @param parts must not change before the promise settles.
 */
export async function writeSynced(path: string, parts: readonly Uint8Array[]): Promise<WrittenFile> {
  const hash = createHash('sha256');
  let hashMs = 0;
  const handle = await open(path, 'wx');
  try {
    for (const part of parts) {
      for (let offset = 0; offset < part.length; offset += pieceBytes) {
        const piece = part.subarray(offset, offset + pieceBytes);
        const begun = performance.now();
        hash.update(piece);
        hashMs += performance.now() - begun;
        await handle.appendFile(piece);
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest('hex'), hashMs };
}

export interface HashedFile {
  /** At the start of its own memory, so that tensors in it can be viewed without a copy. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Hexadecimal. */
  readonly sha256: string;
}

export async function readHashed(path: string): Promise<HashedFile> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(size);
    const hash = createHash('sha256');
    for (let filled = 0; filled < size; ) {
      const { bytesRead } = await handle.read(bytes, filled, Math.min(pieceBytes, size - filled));
      if (bytesRead === 0) return { bytes: bytes.subarray(0, filled), sha256: hash.digest('hex') };
      hash.update(bytes.subarray(filled, filled + bytesRead));
      filled += bytesRead;
    }
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

let replacements = 0;

const temporaryPath = (path: string, pid: number, count: number) =>
  join(dirname(path), `.${basename(path)}-${pid}-${count}`);

/**
 * Replaces a file's content; a reader or a crash sees the old content or the new one, never a mixture.
 * @param content a text, or bytes in pieces, which must not change before the promise settles.
 */
export async function replaceFile(path: string, content: string | readonly Uint8Array[]): Promise<void> {
  replacements += 1;
  const temporary = temporaryPath(path, process.pid, replacements);
  await rm(temporary, { force: true });
  try {
    await writeSynced(temporary, typeof content === 'string' ? [new TextEncoder().encode(content)] : content);
    await rename(temporary, path);
  } catch (error) {
    // Where this fails too, the first reason is the one to know.
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncPath(dirname(path));
}

/** Removes what processes that were killed in replaceFile have left; this process may be in it now. */
export async function removeTemporaries(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const prefix = `.${basename(path)}-`;
    for (const name of await readdir(dirname(path))) {
      const [pid, count] = name.startsWith(prefix) ? name.slice(prefix.length).split('-').map(Number) : [];
      if (Number.isInteger(pid) && Number.isInteger(count) && pid !== process.pid) {
        await rm(temporaryPath(path, pid, count), { force: true });
      }
    }
  }
}
