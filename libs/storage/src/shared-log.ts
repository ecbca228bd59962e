// `log.jsonl`: lines for people, which more than one process may append to. What a failing disk does not take waits.

import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import { endOfLines } from './log-files.ts';

/** How often waiting lines are tried again where nothing is appended. */
const retryMs = 1000;
/** Bytes that wait at most. Later lines are left out: unlike a run's own files this one is worth no memory. */
const waitingLimitBytes = 16 * 2 ** 20;

export class SharedLog {
  readonly #path: string;
  readonly #report: (fault: string | undefined) => void;
  /** What the disk has not taken: it may begin within a line. */
  #waiting = Buffer.alloc(0);
  #file: number | undefined;
  /** Half a line that a process left which was killed has been cut. */
  #isWhole = false;
  #retry: NodeJS.Timeout | undefined;
  #isRefused = false;

  /** @param report hears once when the disk begins to refuse lines, and once when it has taken all that waited. */
  constructor(path: string, report: (fault: string | undefined) => void) {
    this.#path = path;
    this.#report = report;
  }

  /** @param line without its line break. */
  append(line: string): void {
    if (this.#waiting.length > waitingLimitBytes) return;
    this.#waiting = Buffer.concat([this.#waiting, Buffer.from(`${line}\n`)]);
    this.#flush();
  }

  /** No line is to be expected soon: the file is opened again by the next one. What waits is tried on. */
  close(): void {
    this.#flush();
    this.#closeFile();
  }

  #flush(): void {
    try {
      while (this.#waiting.length > 0) {
        this.#file ??= this.#open();
        // The rest of a line that found half of its room follows when there is more.
        this.#waiting = this.#waiting.subarray(writeSync(this.#file, this.#waiting));
      }
    } catch (error) {
      this.#closeFile();
      this.#retry ??= setInterval(() => this.#flush(), retryMs).unref();
      if (this.#isRefused) return;
      this.#isRefused = true;
      this.#report(error instanceof Error ? error.message : String(error));
      return;
    }
    clearInterval(this.#retry);
    this.#retry = undefined;
    if (!this.#isRefused) return;
    this.#isRefused = false;
    this.#report(undefined);
  }

  #open(): number {
    const file = openSync(this.#path, 'a');
    if (!this.#isWhole) truncateSync(this.#path, endOfLines(this.#path));
    this.#isWhole = true;
    return file;
  }

  #closeFile(): void {
    const file = this.#file;
    this.#file = undefined;
    try {
      if (file !== undefined) closeSync(file);
    } catch {
      // A network's disk says here what it could not keep: it cannot be had back.
    }
  }
}
