// The main thread's side of the thread that owns a run.

import { Worker } from 'node:worker_threads';
import type { TrainingJob } from '@rondo/spec';
import type { JobPlace } from '@rondo/tasks';
import type { JobFault } from './inspect.ts';
import type { FromRun, ToRun } from './messages.ts';

/** Until somebody listens it keeps no process alive. */
export class RunThread {
  readonly #thread = new Worker(new URL('./thread.js', import.meta.url));
  readonly #unheard: FromRun[] = [];
  #receive = (message: FromRun): void => void this.#unheard.push(message);
  readonly #exited: Promise<void>;
  #closing = false;

  constructor() {
    this.#thread.on('message', (message: FromRun) => this.#receive(message));
    // After that: who waits for messages keeps the process alive.
    this.#thread.unref();
    const broken = (message: string) => {
      if (!this.#closing) this.#receive({ type: 'broken', message });
    };
    this.#thread.on('error', (error) => broken(error instanceof Error ? error.message : String(error)));
    this.#exited = new Promise((resolve) => {
      this.#thread.on('exit', (code) => {
        broken(`the run's thread ended with code ${code}`);
        resolve();
      });
    });
    // After the listeners: one for messages makes it keep the process alive again.
    this.#thread.unref();
  }

  /** Who hears what the thread says. */
  listen(receive: (message: FromRun) => void): void {
    this.#thread.ref();
    this.#receive = receive;
    for (const message of this.#unheard.splice(0)) receive(message);
  }

  send(message: ToRun): void {
    this.#thread.postMessage(message);
  }

  /** Finishes what was asked for, releases the run's folder and ends the thread. */
  async close(): Promise<void> {
    this.#closing = true;
    this.send({ type: 'close' });
    await this.#exited;
  }
}

/** Looks at a job's files in a thread of its own: reading and encoding a text takes a while. */
export function inspectInThread(job: TrainingJob, place: JobPlace): Promise<readonly JobFault[]> {
  const thread = new RunThread();
  return new Promise((resolve, reject) => {
    thread.listen((message) => {
      if (message.type === 'inspected') resolve(message.faults);
      else reject(new Error(message.type === 'broken' ? message.message : `unexpected: ${message.type}`));
      void thread.close();
    });
    thread.send({ type: 'inspect', job, place });
  });
}
