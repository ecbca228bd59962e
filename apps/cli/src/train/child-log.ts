// What a child process says on standard error: kept in a file of the run's folder, except what is in a file already;
// warnings and worse are passed on.

import { SharedLog } from '@rondo/storage';

/** A line of the log as far as a person wants it at once. */
export interface LogLine {
  readonly level: 'warn' | 'error' | 'fatal';
  readonly text: string;
}

/** Of lines that are no log. */
const looseLimit = 40;

interface Entry {
  readonly level: string;
  readonly text: string;
  /** The run that the line is about. */
  readonly run: unknown;
}

export interface ChildLogOptions {
  warn(line: LogLine): void;
  /** The child itself writes what concerns a run to the run's log. */
  readonly keepsRunLog: boolean;
}

export class ChildLog {
  readonly #options: ChildLogOptions;
  /** Lines from before the file was opened: the run's folder must be empty until the coordinator has it. */
  #early: string[] = [];
  #file: SharedLog | undefined;
  #path: string | undefined;
  /** The log itself said why the process cannot go on. */
  #explained = false;
  /** The last lines that are no log, such as a stack. */
  readonly #loose: string[] = [];

  constructor(options: ChildLogOptions) {
    this.#options = options;
  }

  open(path: string): void {
    this.#path = path;
    // The coordinator says what its disk refuses; a run does not end because nobody could take its lines down.
    this.#file = new SharedLog(path, () => {});
    for (const line of this.#early) this.#file.append(line);
    this.#early = [];
  }

  write(line: string): void {
    const entry = parseLogLine(line);
    if (!this.#options.keepsRunLog || entry?.run === undefined) this.#keep(line);
    this.#explained ||= entry?.level === 'fatal';
    if (entry === undefined) this.#loose.splice(0, this.#loose.push(line) - looseLimit);
    else if (entry.level === 'warn' || entry.level === 'error' || entry.level === 'fatal') {
      this.#options.warn({ level: entry.level, text: entry.text });
    }
  }

  #keep(line: string): void {
    if (this.#file === undefined) this.#early.push(line);
    else this.#file.append(line);
  }

  /**
   * What explains an unexpected end, where no line of the log did: the command's own line and what follows. What else
   * was said, by libraries and drivers too, need not be the cause: the file has it.
   */
  lastWords(): readonly string[] {
    if (this.#explained || this.#loose.length === 0) return [];
    const start = this.#loose.findLastIndex((line) => line.startsWith('rondo: '));
    if (start >= 0) return this.#loose.slice(start);
    return this.#path === undefined ? this.#loose : [`what it said is in ${this.#path}`];
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

/** undefined for what is no line of a logger. */
function parseLogLine(line: string): Entry | undefined {
  try {
    const { level, msg, reason, err, run } = JSON.parse(line);
    if (typeof level !== 'string' || typeof msg !== 'string') return undefined;
    const why = reason ?? err?.message;
    return { level, text: why === undefined ? msg : `${msg}: ${why}`, run };
  } catch {
    return undefined;
  }
}
