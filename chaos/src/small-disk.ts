// A small disk of its own for the coordinator's runs, which can be filled: a tmpfs in a mount namespace, so that nothing is left
// behind however the harness ends.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** For some two hundred runs. */
const mebibytes = 128;
const pieceBytes = 2 ** 20;
const leastPieceBytes = 4096;

/** As whom a namespace is made: without rights where the system allows that, else as root. */
const ways = [['--user', '--map-root-user', '--mount'], ['--mount']];

export class SmallDisk {
  /** Where processes that are started with `command` see it. */
  readonly path: string;
  /** Where this process sees it. */
  readonly seenAt: string;
  readonly #keeper: ChildProcess;
  readonly #enter: readonly string[];

  private constructor(path: string, keeper: ChildProcess, enter: readonly string[]) {
    this.path = path;
    this.seenAt = join(`/proc/${keeper.pid}/root`, path);
    this.#keeper = keeper;
    this.#enter = enter;
  }

  /** @returns the disk, or why there is none here. */
  static async mount(path: string): Promise<SmallDisk | string> {
    mkdirSync(path, { recursive: true });
    const reasons: string[] = [];
    for (const way of ways) {
      const mounted = await keep(way, path);
      if (typeof mounted === 'string') {
        reasons.push(mounted);
        continue;
      }
      const enter = ['--target', String(mounted.pid), '--mount'];
      if (way.includes('--user')) enter.push('--user', '--preserve-credentials');
      return new SmallDisk(path, mounted, enter);
    }
    return reasons.join('; ');
  }

  /** The words that start a program where the disk is seen. */
  command(program: string, args: readonly string[]): [program: string, args: string[]] {
    return ['nsenter', [...this.#enter, '--', program, ...args]];
  }

  /** Leaves no free byte. @returns the bytes it took. @throws Error when the disk does not become full. */
  async fill(): Promise<number> {
    const file = await open(join(this.seenAt, 'ballast'), 'w');
    let bytes = 0;
    try {
      for (let size = pieceBytes; size >= leastPieceBytes; size /= 2) {
        while (bytes <= mebibytes * pieceBytes && (await tryWrite(file, size))) bytes += size;
      }
    } finally {
      await file.close();
    }
    if (bytes > mebibytes * pieceBytes) throw new Error(`the disk took ${bytes} bytes and is not full`);
    return bytes;
  }

  async free(): Promise<void> {
    await rm(join(this.seenAt, 'ballast'));
  }

  async close(): Promise<void> {
    const ended = once(this.#keeper, 'exit');
    this.#keeper.kill('SIGKILL');
    await ended;
  }
}

/** A process that holds the namespace until its standard input ends. @returns why not, in words, where it fails. */
async function keep(way: readonly string[], path: string): Promise<ChildProcess | string> {
  const script = 'mount -t tmpfs -o "size=$1m" tmpfs "$0" && echo mounted && exec cat >/dev/null';
  const keeper = spawn('unshare', [...way, 'sh', '-c', script, path, String(mebibytes)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  keeper.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  const failed = new Promise<string>((resolve) => {
    keeper.once('error', ({ message }) => resolve(message));
    keeper.once('close', (status) => resolve(said.trim() || `unshare ended with status ${status}`));
  });
  const mounted = once(keeper.stdout, 'data').then(() => keeper);
  return Promise.race([mounted, failed]);
}

async function tryWrite(file: Awaited<ReturnType<typeof open>>, bytes: number): Promise<boolean> {
  try {
    const { bytesWritten } = await file.write(Buffer.alloc(bytes));
    return bytesWritten === bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
