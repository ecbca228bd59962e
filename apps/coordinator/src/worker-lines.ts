// Lines of workers' logs on their way into a run's log: checked, marked with whose they are, and never more than so many.

import { statSync } from 'node:fs';
import { maxLogLineBytes, maxLogLines, RateLimit } from '@rondo/protocol';

/** A line as a worker wrote it; its fields are whatever the worker says. */
type WorkerLine = Readonly<Record<string, unknown>>;

const levels: readonly unknown[] = ['info', 'warn', 'error', 'fatal'];
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @returns the lines, or what is wrong with the first bad one. */
export function parseLines(texts: readonly string[]): readonly WorkerLine[] | string {
  if (texts.length > maxLogLines) return `log: ${texts.length} lines came at once; at most ${maxLogLines} are taken`;
  const lines: WorkerLine[] = [];
  for (const text of texts) {
    const bytes = Buffer.byteLength(text);
    if (bytes > maxLogLineBytes) return `log: a line has ${bytes} bytes; at most ${maxLogLineBytes} are taken`;
    const line = parseObject(text);
    if (line === undefined) return 'log: a line is no JSON object';
    if (!levels.includes(line.level)) return `log: a line's level is none of ${levels.join(', ')}`;
    if (typeof line.time !== 'string' || !isoTime.test(line.time)) return "log: a line's time is no ISO 8601 in UTC";
    if (typeof line.msg !== 'string') return 'log: a line has no text msg';
    lines.push(line);
  }
  return lines;
}

function parseObject(text: string): WorkerLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as WorkerLine) : undefined;
  } catch {
    return undefined;
  }
}

/** Of all workers of a run. */
const runRate = { burst: 2000, perSecond: 200 };
/** A run's log that is so large gets no more of its workers' lines. */
export const maxLogBytes = 64 * 2 ** 20;
const tellEveryMs = 10_000;

export interface WorkerLinesOptions {
  readonly run: string;
  /** Of the run's log. */
  readonly path: string;
  write(line: string): void;
  /** So many lines of a worker are in no log of this run. */
  leftOut(worker: string, lines: number): void;
}

export class WorkerLines {
  readonly #options: WorkerLinesOptions;
  readonly #rate = new RateLimit(runRate);
  readonly #leftOut = new Map<string, number>();
  #bytes: number | undefined;
  #telling: NodeJS.Timeout | undefined;

  constructor(options: WorkerLinesOptions) {
    this.#options = options;
  }

  /** @param dropped lines that were left out already. */
  note(worker: string, lines: readonly WorkerLine[], dropped: number): void {
    const { run, path, write } = this.#options;
    this.#bytes ??= statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    let taken = this.#rate.take(lines.length, performance.now());
    for (const [index, line] of lines.slice(0, taken).entries()) {
      // Whose it is, is not the worker's to say.
      const text = JSON.stringify({ ...line, component: 'worker', run, worker });
      if (this.#bytes + text.length > maxLogBytes) {
        taken = index;
        break;
      }
      this.#bytes += text.length;
      write(text);
    }
    const missing = dropped + lines.length - taken;
    if (missing === 0) return;
    this.#leftOut.set(worker, (this.#leftOut.get(worker) ?? 0) + missing);
    this.#telling ??= setTimeout(() => this.tell(), tellEveryMs).unref();
  }

  /** Says what was left out since it was said last. */
  tell(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    for (const [worker, lines] of this.#leftOut) this.#options.leftOut(worker, lines);
    this.#leftOut.clear();
  }
}
