// `metrics.jsonl` and `ledger.jsonl`: a line a committed step, append-only, cut back to a checkpoint on resume.

import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { isSystemError } from './run-fault.ts';

/** An open log. Once `append` returns, the line outlives this process; once `sync` returns, the machine's power. */
export interface LogFile {
  /** @param line without its line break. */
  append(line: string): void;
  /** To be called before a checkpoint is written that counts on the lines. */
  sync(): void;
  close(): void;
}

export function openLog(path: string): LogFile {
  const file = openSync(path, 'a');
  return {
    append: (line) => appendFileSync(file, `${line}\n`),
    sync: () => fsyncSync(file),
    close: () => closeSync(file),
  };
}

/** The whole lines, without line breaks; a torn last one is left out. None when there is no file. */
export function readLog(path: string): string[] {
  return readBytes(path).toString('utf8').split('\n').slice(0, -1);
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

/**
 * Cuts the lines at the end whose `step` is past the given one, or that a crash tore. One truncation: either all of
 * them are gone or none.
 * @returns the last line kept, for comparison with the checkpoint's `ledgerHead`.
 */
export function truncateAfter(path: string, step: number): string | undefined {
  const bytes = readBytes(path);
  let end = bytes.lastIndexOf(lineBreak) + 1;
  let last: string | undefined;
  while (end > 0) {
    // A negative offset would count from the end.
    const start = end < 2 ? 0 : bytes.lastIndexOf(lineBreak, end - 2) + 1;
    const line = bytes.toString('utf8', start, end - 1);
    if (stepOf(line) <= step) {
      last = line;
      break;
    }
    end = start;
  }
  if (end < bytes.length) truncateSync(path, end);
  return last;
}

/** Infinity for what is no line of a log: a crash of the machine can leave zeros behind. */
function stepOf(line: string): number {
  try {
    const { step } = JSON.parse(line) as { step?: unknown };
    return typeof step === 'number' ? step : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
