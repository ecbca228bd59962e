// A clock that can be made to jump under a running process: libfaketime, told the offset in a file that it reads every second.

import { existsSync, writeFileSync } from 'node:fs';

const architectures: Readonly<Partial<Record<NodeJS.Architecture, string>>> = { x64: 'x86_64', arm64: 'aarch64' };

/** Where Debian and its kin put the library; undefined where it is not. */
export function findFakeTime(): string | undefined {
  const triplet = `${architectures[process.arch]}-linux-gnu`;
  return ['faketime/libfaketimeMT.so.1', `${triplet}/faketime/libfaketimeMT.so.1`]
    .map((path) => `/usr/lib/${path}`)
    .find((path) => existsSync(path));
}

export class ShiftedClock {
  /** Of a process that goes by this clock. */
  readonly env: Readonly<Record<string, string>>;
  readonly #file: string;

  constructor(library: string, file: string) {
    this.#file = file;
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      // The time of day jumps; a monotonic clock never does.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
    this.shift(0);
  }

  /** @param seconds from the true time. */
  shift(seconds: number): void {
    writeFileSync(this.#file, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
  }
}
