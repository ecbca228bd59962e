// A worker's log: every line names the worker and the run it computes for, and those of a run go to the coordinator too.

import { hostname } from 'node:os';
import { createLogger, type Logger, type LoggerOptions } from '@rondo/logging';
import { logRate, maxLogLineBytes, maxLogLines, RateLimit } from '@rondo/protocol';

/** Lines of a run for its coordinator. */
export interface RunLines {
  readonly run: string;
  readonly lines: string[];
  /** Lines that were left out since the last ones. */
  readonly dropped: number;
}

/** @returns whether they are on their way. */
type SendLines = (lines: RunLines) => Promise<boolean>;

const tellDroppedMs = 1000;

export class WorkerLog {
  readonly logger: Logger;
  /** How people call this worker: as it wishes, then as the coordinator says. */
  worker: string;
  /** What it computes for. */
  #run: string | undefined;
  /** Of the newest run; a line leaves once the transport has it. */
  #unsent: { readonly run: string; readonly lines: string[]; dropped: number } | undefined;
  #send: SendLines | undefined;
  #sending = false;
  #willTell = false;
  readonly #rate = new RateLimit(logRate);

  constructor(worker = `${hostname()}-${process.pid}`, stream?: LoggerOptions['stream']) {
    this.worker = worker;
    this.logger = createLogger({
      name: 'worker',
      context: () => ({ run: this.#run, worker: this.worker }),
      copy: { write: (line) => this.#note(line.trimEnd()) },
      ...(stream && { stream }),
    });
  }

  /** What comes now concerns a run. Lines of the run before that have not left are its coordinator's no more. */
  begin(run: string): void {
    this.#run = run;
    if (this.#unsent?.run !== run) this.#unsent = { run, lines: [], dropped: 0 };
  }

  /** What comes now concerns no run. */
  pause(): void {
    this.#run = undefined;
  }

  /** There is a coordinator again, or none: then lines wait. */
  connect(send: SendLines | undefined): void {
    this.#send = send;
    this.#pump();
  }

  #note(line: string): void {
    const { level, run } = JSON.parse(line) as { level: string; run?: string };
    const unsent = this.#unsent;
    if (unsent === undefined || run !== unsent.run || level === 'debug' || level === 'trace') return;
    const fits = unsent.lines.length < maxLogLines && Buffer.byteLength(line) <= maxLogLineBytes;
    if (fits && this.#rate.take(1, performance.now()) === 1) {
      unsent.lines.push(line);
      this.#pump();
      return;
    }
    unsent.dropped += 1;
    if (this.#willTell) return;
    this.#willTell = true;
    setTimeout(() => {
      this.#willTell = false;
      this.#pump();
    }, tellDroppedMs).unref();
  }

  /** One message at a time: what the transport has not taken is bounded by what waits here. */
  #pump(): void {
    const unsent = this.#unsent;
    if (unsent === undefined || this.#send === undefined || this.#sending) return;
    const { run, dropped } = unsent;
    const lines = [...unsent.lines];
    if (lines.length === 0 && dropped === 0) return;
    this.#sending = true;
    void this.#send({ run, lines, dropped }).then((taken) => {
      this.#sending = false;
      if (!taken) return;
      unsent.lines.splice(0, lines.length);
      unsent.dropped -= dropped;
      if (this.#unsent !== unsent || unsent.lines.length > 0) this.#pump();
    });
  }
}
