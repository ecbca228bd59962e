// The main thread's side of the thread that owns a run.

import { Worker } from 'node:worker_threads';
import type { FromRun, ToRun } from './messages.ts';

export class RunThread {
  readonly #thread = new Worker(new URL('./thread.js', import.meta.url));
  #receive: (message: FromRun) => void = () => {};
  #closing = false;

  constructor() {
    this.#thread.on('message', (message: FromRun) => this.#receive(message));
    const broken = (message: string) => {
      if (!this.#closing) this.#receive({ type: 'broken', message });
    };
    this.#thread.on('error', (error) => broken(error instanceof Error ? error.message : String(error)));
    this.#thread.on('exit', (code) => broken(`the run's thread ended with code ${code}`));
  }

  /** Who hears what the thread says from now on. */
  listen(receive: (message: FromRun) => void): void {
    this.#receive = receive;
  }

  send(message: ToRun): void {
    this.#thread.postMessage(message);
  }

  /** Finishes what was asked for, releases the run's folder and ends the thread. */
  async close(): Promise<void> {
    this.#closing = true;
    const exited = new Promise<void>((resolve) => this.#thread.once('exit', () => resolve()));
    this.send({ type: 'close' });
    await exited;
  }
}
