// A child process whose log lines can be waited for, each with the time at which it came by this process's own clock.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface ProcessOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Opens a channel for messages. */
  readonly channel?: boolean;
  /** Gets every line too. */
  readonly file?: string;
  /** Hears every line as it comes. */
  readonly onLine?: (line: LogLine) => void;
}

export class LoggedProcess {
  readonly child: ChildProcess;
  readonly log: LogLine[] = [];
  readonly exited: Promise<void>;
  /** By performance.now(). */
  readonly startedAtMs = performance.now();
  endedAtMs: number | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(command: string, args: readonly string[], options: ProcessOptions = {}) {
    this.child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'pipe', ...(options.channel ? (['ipc'] as const) : [])],
      env: { ...process.env, RONDO_LOG_LEVEL: 'info', ...options.env },
    });
    this.exited = once(this.child, 'exit').then(() => {
      this.endedAtMs = performance.now();
      this.#wake();
    });
    const file = options.file === undefined ? undefined : createWriteStream(options.file);
    createInterface({ input: this.child.stderr as NodeJS.ReadableStream })
      .on('line', (text) => {
        const line = text.startsWith('{') ? (JSON.parse(text) as LogLine) : { level: 'error', msg: text };
        this.log.push(line);
        file?.write(`${text}\n`);
        options.onLine?.(line);
        this.#wake();
      })
      .on('close', () => file?.end());
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** One letter, as in `man 5 proc`: T is stopped. */
  get state(): string | undefined {
    return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
  }

  /**
   * The first log line that matches.
   * @param from the first line to look at; default: all of the past count too.
   * @throws Error when the process ends before.
   */
  async until(matches: (line: LogLine) => boolean, from = 0): Promise<LogLine> {
    for (let next = from; ; ) {
      const found = this.log.slice(next).find(matches);
      if (found !== undefined) return found;
      next = this.log.length;
      if (!this.running) {
        throw new Error(`the process ended first:\n${this.log.map((line) => JSON.stringify(line)).join('\n')}`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Sends a message over the channel. @returns the answer. */
  async ask(message: object): Promise<unknown> {
    const answer = once(this.child, 'message');
    this.child.send(message);
    const [value] = await answer;
    return value;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    await this.exited;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
