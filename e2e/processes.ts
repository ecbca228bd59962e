// Real processes for tests: a coordinator and workers from the build, found, waited for, killed.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = (app: string) => fileURLToPath(new URL(`../apps/${app}/bin/${app}.mjs`, import.meta.url));

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A child whose log can be waited for. */
export class Process {
  readonly child: ChildProcess;
  readonly log: LogLine[] = [];
  readonly exited: Promise<void>;
  readonly #waiting = new Set<() => void>();

  constructor(app: 'coordinator' | 'worker', args: readonly string[]) {
    this.child = spawn(process.execPath, [program(app), ...args], {
      stdio: ['ignore', 'inherit', 'pipe'],
      env: { ...process.env, RONDO_LOG_LEVEL: 'info' },
    });
    this.exited = once(this.child, 'exit').then(() => {
      this.#wake();
    });
    createInterface({ input: this.child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      this.log.push(line.startsWith('{') ? (JSON.parse(line) as LogLine) : { level: 'error', msg: line });
      this.#wake();
    });
  }

  /** The first log line, past or future, that a test is waiting for. @throws Error when the process ends before. */
  async until(matches: (line: LogLine) => boolean): Promise<LogLine> {
    for (;;) {
      const found = this.log.find(matches);
      if (found !== undefined) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the process ended first:\n${this.log.map((line) => JSON.stringify(line)).join('\n')}`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
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
