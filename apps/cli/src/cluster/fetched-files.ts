// The files of a run as they come over the wire: paths that stay inside their folder, every byte checked.

import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { CommandFault } from '@rondo/command';
import type { FetchResponse } from '@rondo/protocol';

const mostFiles = 10_000;
const longestPath = 512;

export interface FetchedFile {
  readonly path: string;
  readonly bytes: number;
}

interface OpenFile {
  readonly path: string;
  readonly size: number;
  /** Bytes that are there. */
  offset: number;
  readonly hash: Hash;
  readonly handle: FileHandle;
}

/**
 * Whether a path from the wire names a file inside the folder that it is relative to, on every system: names of letters,
 * digits and ` ._-`, none of them hidden, separated by single slashes.
 */
export function isSafePath(path: string): boolean {
  return (
    path.length <= longestPath && path.split('/').every((name) => /^[\w-][\w .-]*$/.test(name) && !/[ .]$/.test(name))
  );
}

/** Writes chunks to files below a folder. After any fault what was written is of no use. */
export class FileReceiver {
  readonly #folder: string;
  readonly #files: FetchedFile[] = [];
  readonly #paths = new Set<string>();
  #open: OpenFile | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws CommandFault when the chunk is not the next one, or not as it was sent. */
  async receive(chunk: FetchResponse): Promise<void> {
    const file = this.#open ?? (await this.#begin(chunk));
    const { path, size, offset, data } = chunk;
    if (path !== file.path) throw broken(file.path, `broke off at byte ${file.offset} of ${file.size}`);
    if (size !== file.size) throw broken(path, `changed its size from ${file.size} to ${size}`);
    if (offset !== file.offset) throw broken(path, `byte ${offset} came instead of byte ${file.offset}`);
    if (offset + data.length > size) throw broken(path, `has more than its ${size} bytes`);
    if (data.length === 0 && size > 0) throw broken(path, 'came with an empty chunk');
    if (crc32(data) !== chunk.checksum)
      throw broken(path, `is damaged between byte ${offset} and ${offset + data.length}`);
    file.hash.update(data);
    await file.handle.appendFile(data);
    file.offset += data.length;
    if (file.offset === size) await this.#end(file, chunk.sha256);
  }

  /** @returns the files. @throws CommandFault when the last one is not whole, or there is none. */
  finish(): readonly FetchedFile[] {
    if (this.#open) throw broken(this.#open.path, `broke off at byte ${this.#open.offset} of ${this.#open.size}`);
    if (this.#files.length === 0) throw new CommandFault('the coordinator sent no file');
    return this.#files;
  }

  /** To be called at the end, also after a fault. */
  async close(): Promise<void> {
    await this.#open?.handle.close();
  }

  async #begin({ path, size }: FetchResponse): Promise<OpenFile> {
    if (!isSafePath(path)) throw broken(JSON.stringify(path), 'is no path inside a run');
    if (this.#paths.has(path)) throw broken(path, 'came twice');
    if (this.#files.length >= mostFiles) throw new CommandFault(`the coordinator sends more than ${mostFiles} files`);
    this.#paths.add(path);
    const target = join(this.#folder, path);
    await mkdir(dirname(target), { recursive: true });
    const handle = await open(target, 'wx');
    this.#open = { path, size, offset: 0, hash: createHash('sha256'), handle };
    return this.#open;
  }

  async #end({ path, size, hash, handle }: OpenFile, sha256: string): Promise<void> {
    this.#open = undefined;
    await handle.sync();
    await handle.close();
    const actual = hash.digest('hex');
    if (actual !== sha256) throw broken(path, `has the SHA-256 ${actual}, the coordinator's has ${sha256 || 'none'}`);
    this.#files.push({ path, bytes: size });
  }
}

function broken(path: string, what: string): CommandFault {
  return new CommandFault(`${path} ${what}; nothing was kept, fetch again`);
}
