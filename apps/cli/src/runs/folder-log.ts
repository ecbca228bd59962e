// The log of a run's folder, of the coordinator and of workers that `rondo train` started, as one sequence in time.

import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RunFault, runPaths } from '@rondo/storage';

const pieceBytes = 1 << 20;

/** Where reading a file goes on. */
interface Position {
  offset: number;
  /** The beginning of a line whose end is not there yet. */
  rest: Buffer;
}

interface Line {
  readonly line: string;
  readonly time: string;
  /** A worker's in the coordinator's file: where workers have files of their own, they are there whole. */
  readonly copied: boolean;
}

export class FolderLog {
  readonly #folder: string;
  /** Name of the file of the coordinator. */
  readonly #own: string;
  readonly #positions = new Map<string, Position>();

  /** @throws RunFault run-missing when the folder holds no log. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#own = basename(runPaths(folder).log);
    if (this.#files().length === 0)
      throw new RunFault('run-missing', `${folder}: holds no log; is this the folder of a run?`);
  }

  /** The lines that were written since the last call, by time. */
  readNew(): string[] {
    const files = this.#files();
    const lines = files.flatMap((file) => this.#readNewOf(file)).filter(({ copied }) => !copied || files.length === 1);
    return lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)).map(({ line }) => line);
  }

  #files(): string[] {
    let names: string[] = [];
    try {
      names = readdirSync(this.#folder);
    } catch {
      return [];
    }
    return names.filter((name) => name === this.#own || /^worker-\d+\.log$/.test(name)).sort();
  }

  #readNewOf(name: string): Line[] {
    const position = this.#positions.get(name) ?? { offset: 0, rest: Buffer.alloc(0) };
    this.#positions.set(name, position);
    const bytes = Buffer.concat([position.rest, ...readFrom(join(this.#folder, name), position)]);
    const end = bytes.lastIndexOf('\n') + 1;
    position.rest = bytes.subarray(end);
    let time = '';
    return bytes
      .toString('utf8', 0, end)
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        // What is no log line, such as a stack, stays behind the line before it.
        time = /"time":"([^"]+)"/.exec(line)?.[1] ?? time;
        return { line, time, copied: name === this.#own && line.includes('"component":"worker"') };
      });
  }
}

function readFrom(path: string, position: Position): Buffer[] {
  const file = openSync(path, 'r');
  const pieces: Buffer[] = [];
  try {
    for (;;) {
      const piece = Buffer.alloc(pieceBytes);
      const size = readSync(file, piece, 0, pieceBytes, position.offset);
      if (size === 0) return pieces;
      pieces.push(piece.subarray(0, size));
      position.offset += size;
    }
  } finally {
    closeSync(file);
  }
}
