// Files that survive a crash: written whole and synced, or not there; read whole, with their SHA-256.

import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Between two of these other work gets its turn, and so does the hash. */
const pieceBytes = 4 * 2 ** 20;

/** Makes what happened to a folder's entries (new names, renames) durable. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a new file and syncs it.
 * @param parts must not change before the promise settles.
 * @returns SHA-256 of the content, in hexadecimal.
 */
export async function writeSynced(path: string, parts: readonly Uint8Array[]): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(path, 'wx');
  try {
    for (const part of parts) {
      for (let offset = 0; offset < part.length; offset += pieceBytes) {
        const piece = part.subarray(offset, offset + pieceBytes);
        hash.update(piece);
        await handle.appendFile(piece);
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
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

/** Replaces a file's content; a reader or a crash sees the old content or the new one, never a mixture. */
export async function replaceFile(path: string, text: string): Promise<void> {
  replacements += 1;
  const temporary = join(dirname(path), `.${basename(path)}-${process.pid}-${replacements}`);
  await rm(temporary, { force: true });
  try {
    await writeSynced(temporary, [new TextEncoder().encode(text)]);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}
