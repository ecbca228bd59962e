// Reads a log of any length line by line, in pieces: no more of it lies in memory than the reader has not taken.

import { createReadStream, type ReadStream, statSync } from 'node:fs';
import { isSystemError } from './run-fault.ts';

/**
 * The whole lines that are there now, without line breaks; a torn last one is left out, and what is appended from now
 * on. None when there is no file.
 */
export function streamLog(path: string): AsyncGenerator<string> {
  return linesOf(path, sizeOf(path));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function* linesOf(path: string, size: number): AsyncGenerator<string> {
  if (size === 0) return;
  const stream: ReadStream = createReadStream(path, { encoding: 'utf8', end: size - 1 });
  let rest = '';
  try {
    for await (const piece of stream as AsyncIterable<string>) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() as string;
      yield* lines;
    }
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}
