// The connection thread's side of one compute thread.

import { Worker } from 'node:worker_threads';
import type { FromCompute, ToCompute } from './messages.ts';

export const startThread = (): Worker => new Worker(new URL('./thread.js', import.meta.url));

export class ComputeThread {
  readonly #thread: Worker;
  readonly #exited: Promise<void>;
  #closing = false;

  /** @param died nothing more will come from the thread. */
  constructor(thread: Worker, receive: (message: FromCompute) => void, died: (error: Error) => void) {
    this.#thread = thread;
    this.#thread.on('message', receive);
    this.#thread.on('error', (error) => died(error instanceof Error ? error : new Error(String(error))));
    this.#exited = new Promise((resolve) => {
      this.#thread.on('exit', (code) => {
        if (!this.#closing) died(new Error(`a compute thread ended with code ${code}`));
        resolve();
      });
    });
  }

  send(message: ToCompute): void {
    this.#thread.postMessage(message);
  }

  /** Lets the task under way finish, frees the engine and ends the thread. */
  async close(): Promise<void> {
    this.#closing = true;
    this.send({ type: 'close' });
    await this.#exited;
  }
}
