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
  #receive!: (message: FromRun) => void;
  readonly #exited: Promise<void>;
  #closing = false;

  constructor() {
    this.#thread.on('message', (message: FromRun) => this.#receive(message));
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
    this.#rest();
  }

  /** Who hears what the thread says. */
  listen(receive: (message: FromRun) => void): void {
    this.#thread.ref();
    this.#receive = receive;
    for (const message of this.#unheard.splice(0)) receive(message);
  }

  /** Looks at a job's files. Afterwards nobody listens. @throws Error when the thread breaks, which ends it. */
  inspect(job: TrainingJob, place: JobPlace): Promise<readonly JobFault[]> {
    return new Promise((resolve, reject) => {
      this.listen((message) => {
        this.#rest();
        if (message.type === 'inspected') {
          resolve(message.faults);
          return;
        }
        reject(new Error(message.type === 'broken' ? message.message : `unexpected: ${message.type}`));
        void this.close();
      });
      this.send({ type: 'inspect', job, place });
    });
  }

  /** Until somebody listens. */
  #rest(): void {
    this.#receive = (message) => void this.#unheard.push(message);
    this.#thread.unref();
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

/** It waits for work: to start a thread takes longer than to open a run, or to look at most jobs. */
let idle: RunThread | undefined;

/** @returns the idle thread if there is one, else a new one: the caller's until it closes it. */
export function takeThread(): RunThread {
  const thread = idle ?? new RunThread();
  idle = undefined;
  return thread;
}

/** Starts a thread ahead of its work, unless one is idle. */
export function prepareThread(): void {
  idle ??= new RunThread();
}

/** Looks at a job's files in a thread: reading and encoding a text takes a while. The thread is left to the next that needs one. */
export async function inspectInThread(job: TrainingJob, place: JobPlace): Promise<readonly JobFault[]> {
  const thread = takeThread();
  const faults = await thread.inspect(job, place);
  if (idle === undefined) idle = thread;
  else void thread.close();
  return faults;
}

/** As `inspectInThread`, for a process that needs no thread afterwards. */
export async function inspectJob(job: TrainingJob, place: JobPlace): Promise<readonly JobFault[]> {
  const thread = new RunThread();
  const faults = await thread.inspect(job, place);
  void thread.close();
  return faults;
}
