// Sends a run's folder over a stream: spec, vocabulary, metrics, ledger, and the newest and the best checkpoint.

import { createHash } from 'node:crypto';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { crc32 } from 'node:zlib';
import type { JobServiceHandlers } from '@rondo/protocol';
import { bestStep, checkpointPath, newestWhole } from '@rondo/storage';
import { send } from './send.ts';

type FetchCall = Parameters<JobServiceHandlers['Fetch']>[0];

const pieceBytes = 512 * 1024;

/** A file as it was when the sending began; more may be written to it. */
interface SentFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly size: number;
}

/** All files are of one moment, so that the logs of a run that trains fit each other. */
export async function sendFolder(folder: string, call: FetchCall): Promise<void> {
  const files: SentFile[] = [];
  try {
    for (const path of await filesOf(folder)) {
      const handle = await open(join(folder, path), 'r');
      files.push({ path, handle, size: (await handle.stat()).size });
    }
    for (const file of files) await sendFile(file, call);
  } finally {
    for (const { handle } of files) await handle.close();
  }
}

/** Relative paths, with forward slashes, of what a run is worth keeping for. */
async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { withFileTypes: true });
  const own = names.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name);
  const { checkpoint } = await newestWhole(folder, []);
  const steps = new Set([checkpoint?.state.step, await bestStep(folder)].filter((step) => step !== undefined));
  const checkpoints = await Promise.all(
    [...steps].map(async (step) => {
      const path = checkpointPath(folder, step);
      return (await readdir(path)).map((name) => posix.join('checkpoints', basename(path), name));
    }),
  );
  return [...own, ...checkpoints.flat()].sort();
}

async function sendFile({ path, handle, size }: SentFile, call: FetchCall): Promise<void> {
  const hash = createHash('sha256');
  let offset = 0;
  do {
    const piece = Buffer.alloc(Math.min(pieceBytes, size - offset));
    const { bytesRead } = await handle.read(piece, 0, piece.length, offset);
    if (bytesRead < piece.length) throw new Error(`${path} became shorter while it was sent`);
    hash.update(piece);
    const last = offset + bytesRead === size;
    const sha256 = last ? hash.digest('hex') : '';
    await send(call, { path, size, offset, data: piece, checksum: crc32(piece), sha256 });
    offset += bytesRead;
  } while (offset < size);
}
