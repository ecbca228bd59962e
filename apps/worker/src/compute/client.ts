// The connection thread's side of the compute thread.

import { Worker } from 'node:worker_threads';
import type { EngineName } from '@rondo/rnn-core';
import type { Computed, FromCompute, ProbeResult, ToCompute } from './messages.ts';

export interface ComputeEvents {
  computed(computed: Computed): void;
  failed(task: number, reason: string): void;
  compiled(message: Extract<FromCompute, { type: 'compiled' }>): void;
  /** The thread died: nothing more will come from it. */
  died(error: Error): void;
}

export class ComputeThread {
  readonly #thread = new Worker(new URL('./thread.js', import.meta.url));
  readonly #exited: Promise<void>;
  #probed: ((result: ProbeResult) => void) | undefined;
  #closing = false;

  constructor(events: ComputeEvents) {
    this.#thread.on('message', (message: FromCompute) => this.#receive(message, events));
    this.#thread.on('error', (error) => events.died(error instanceof Error ? error : new Error(String(error))));
    this.#exited = new Promise((resolve) => {
      this.#thread.on('exit', (code) => {
        if (!this.#closing) events.died(new Error(`the compute thread ended with code ${code}`));
        resolve();
      });
    });
  }

  /** Tries engines on this machine; before any other work. */
  probe(engines: readonly EngineName[]): Promise<ProbeResult> {
    return new Promise((resolve) => {
      this.#probed = resolve;
      this.send({ type: 'probe', engines });
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

  #receive(message: FromCompute, events: ComputeEvents): void {
    switch (message.type) {
      case 'probed':
        this.#probed?.(message.result);
        break;
      case 'compiled':
        events.compiled(message);
        break;
      case 'computed':
        events.computed(message.computed);
        break;
      case 'failed':
        events.failed(message.task, message.reason);
        break;
    }
  }
}
