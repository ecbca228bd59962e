// `metrics.jsonl` and `ledger.jsonl`: appended line by line by one process, cut back to a checkpoint when a run goes on from it.
// A disk that fails loses no line and leaves none torn within: what it does not take waits in memory, in order.

import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { syncPath } from './files.ts';
import { isSystemError } from './run-fault.ts';

/** How often waiting lines are tried again where nothing is appended. */
const retryMs = 1000;
/** Lines of one write at most: a short one is repeated as a whole. */
const writeLines = 1000;

export class LogFile {
  readonly path: string;
  readonly #report: (fault: string | undefined) => void;
  /** Bytes of the file that count, all of them whole lines. */
  #length: number;
  /** More may lie behind them: half a line, or lines that were cut. */
  #excess = true;
  #waiting: string[] = [];
  #file: number | undefined;
  #fault: string | undefined;
  #retry: NodeJS.Timeout | undefined;

  /**
   * A torn last line is not taken over.
   * @param report hears once when the disk begins to refuse lines, with the reason, and once when it has taken all of them.
   */
  constructor(path: string, report: (fault: string | undefined) => void) {
    this.path = path;
    this.#report = report;
    this.#length = endOfLines(path);
  }

  /** Lines that are in memory alone. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Once it returns and nothing waits, the line outlives this process.
   * @param line without its line break.
   */
  append(line: string): void {
    this.#waiting.push(line);
    this.#flush();
  }

  /** Durable once it settles: what was appended and cut before the call. @throws Error when the disk refuses. */
  async sync(): Promise<void> {
    if (!this.#flush()) throw new Error(`${this.path}: ${this.#fault}`);
    if (this.#file !== undefined) await syncPath(this.path);
  }

  /** All lines, those that wait too. */
  lines(): string[] {
    return [...linesOf(this.#bytes()), ...this.#waiting];
  }

  /** Cuts all lines but the first so many. What the disk does not cut now, it cuts before it takes another line. */
  keep(count: number): void {
    const bytes = this.#bytes();
    let end = 0;
    let kept = 0;
    while (kept < count && end < bytes.length) {
      end = bytes.indexOf(lineBreak, end) + 1;
      kept += 1;
    }
    this.#length = end;
    this.#waiting.length = Math.min(this.#waiting.length, count - kept);
    this.#excess = true;
    this.#flush();
  }

  /** Gives the disk a last chance; lines that it refuses are lost. */
  close(): void {
    this.#flush();
    clearInterval(this.#retry);
    this.#closeFile();
  }

  /** Cuts and writes what is due. @returns whether the disk has taken all of it. */
  #flush(): boolean {
    if (this.#waiting.length === 0 && !this.#excess) return true;
    try {
      this.#file ??= this.#open();
      this.#cutExcess(this.#file);
      while (this.#waiting.length > 0) {
        this.#write(this.#file, this.#waiting.slice(0, writeLines));
        this.#waiting.splice(0, writeLines);
      }
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
      return false;
    }
    this.#recovered();
    return true;
  }

  /** Those that count. */
  #bytes(): Buffer {
    return readBytes(this.path).subarray(0, this.#length);
  }

  #open(): number {
    // Not for appending: a line that was half written is written over.
    const file = openSync(this.path, constants.O_RDWR | constants.O_CREAT);
    const { size } = fstatSync(file);
    if (size >= this.#length) return file;
    closeSync(file);
    throw new Error(`it has ${size} bytes, ${this.#length} were written: somebody else has cut it`);
  }

  #cutExcess(file: number): void {
    if (!this.#excess) return;
    ftruncateSync(file, this.#length);
    this.#excess = false;
  }

  /** All of the lines, or none of them counts. */
  #write(file: number, lines: readonly string[]): void {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    this.#excess = true;
    for (let written = 0; written < bytes.length; ) {
      const count = writeSync(file, bytes, written, bytes.length - written, this.#length + written);
      if (count === 0) throw new Error('the disk takes no bytes');
      written += count;
    }
    this.#length += bytes.length;
    this.#excess = false;
  }

  #failed(fault: string): void {
    // Readers shall see no half line, and a full disk has use for its bytes.
    if (this.#file !== undefined) attempt(() => this.#cutExcess(this.#file as number));
    // The next try opens the file anew: a network's disk that comes back knows the old handle no more.
    this.#closeFile();
    this.#retry ??= setInterval(() => this.#flush(), retryMs).unref();
    const isNew = this.#fault === undefined;
    this.#fault = fault;
    if (isNew) this.#report(fault);
  }

  #recovered(): void {
    clearInterval(this.#retry);
    this.#retry = undefined;
    const isOver = this.#fault !== undefined;
    this.#fault = undefined;
    if (isOver) this.#report(undefined);
  }

  #closeFile(): void {
    if (this.#file !== undefined) attempt(() => closeSync(this.#file as number));
    this.#file = undefined;
  }
}

/** For what is tried again later anyway. */
function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

/** The whole lines, without line breaks; a torn last one is left out. None when there is no file. */
export function readLog(path: string): string[] {
  return linesOf(readBytes(path));
}

function linesOf(bytes: Buffer): string[] {
  return bytes.toString('utf8').split('\n').slice(0, -1);
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return Buffer.alloc(0);
    throw error;
  }
}

const lineBreak = 0x0a;
const pieceBytes = 65_536;

/** The offset behind the last line break, looked for from the end on: a log may be long. */
export function endOfLines(path: string): number {
  const file = openIfThere(path);
  if (file === undefined) return 0;
  try {
    let { size } = fstatSync(file);
    const piece = Buffer.alloc(pieceBytes);
    while (size > 0) {
      const start = Math.max(0, size - pieceBytes);
      const at = piece.subarray(0, readSync(file, piece, 0, size - start, start)).lastIndexOf(lineBreak);
      if (at >= 0) return start + at + 1;
      size = start;
    }
    return 0;
  } finally {
    closeSync(file);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
