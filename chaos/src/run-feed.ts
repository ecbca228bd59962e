// Keeps the coordinator's queue filled with runs of one spec: one trains, one waits its turn.

import { setTimeout as sleep } from 'node:timers/promises';
import type { RunStatus } from '@rondo/protocol';
import type { Cluster } from './cluster.ts';
import type { Commit, Window } from './commits.ts';

/** Between two questions. */
const pollMs = 250;

const isOver = ({ phase }: RunStatus) => ['PHASE_FINISHED', 'PHASE_FAILED', 'PHASE_CANCELLED'].includes(phase);

export class RunFeed {
  readonly #cluster: Cluster;
  readonly #spec: string;
  #feeding: Promise<void> | undefined;
  #ending = false;

  constructor(cluster: Cluster, spec: string) {
    this.#cluster = cluster;
    this.#spec = spec;
  }

  /** Trains one run to its end. @returns its name. @throws Error unless it has finished. */
  async trainOne(): Promise<string> {
    const run = await this.#cluster.jobs.submit(this.#spec);
    for (;;) {
      const status = (await this.#cluster.jobs.list()).find(({ name }) => name === run);
      if (status?.phase === 'PHASE_FINISHED') return run;
      if (status === undefined || isOver(status)) throw new Error(`${run}: ${status?.phase} ${status?.reason}`);
      await sleep(pollMs);
    }
  }

  begin(): void {
    this.#feeding = this.#feed();
  }

  /** From the first commit of the next run to the first of the run after it: every step of a run and what lies between two. */
  async fullTurn(): Promise<Window> {
    const { atMs: fromMs } = await this.firstCommit();
    const { atMs: toMs } = await this.firstCommit();
    return { fromMs, toMs };
  }

  /** Of a run that has none yet. */
  firstCommit(): Promise<Commit> {
    const { commits } = this.#cluster;
    const known = new Set(commits.map(({ run }) => run));
    return new Promise((resolve) => {
      this.#cluster.onCommit((commit) => {
        if (!known.has(commit.run)) resolve(commit);
      });
    });
  }

  /** Cancels what waits, and lets the run that trains come to its end. @returns every run there was. */
  async end(): Promise<readonly RunStatus[]> {
    this.#ending = true;
    await this.#feeding;
    for (;;) {
      const runs = await this.#list();
      const open = runs.filter((status) => !isOver(status));
      if (open.length === 0) return runs;
      if (this.#stuck()) return runs;
      const waiting = open.filter(({ phase, step }) => phase === 'PHASE_QUEUED' && step === 0);
      for (const { name } of waiting) await this.#try(() => this.#cluster.jobs.cancel(name));
      await sleep(pollMs);
    }
  }

  async #feed(): Promise<void> {
    while (!this.#ending) {
      const open = (await this.#list()).filter((status) => !isOver(status));
      if (open.length < 2) await this.#try(() => this.#cluster.jobs.submit(this.#spec));
      await sleep(pollMs);
    }
  }

  /** What the coordinator says as soon as there is one. */
  async #list(): Promise<readonly RunStatus[]> {
    for (;;) {
      const runs = await this.#try(() => this.#cluster.jobs.list());
      if (runs !== undefined) return runs;
      await sleep(pollMs);
    }
  }

  /** A coordinator that is dead, or whose disk is full, is asked again later. */
  async #try<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch {
      return undefined;
    }
  }

  /** No commit for so long that none will come. */
  #stuck(): boolean {
    const last = this.#cluster.commits.at(-1)?.atMs ?? 0;
    return performance.now() - last > stuckMs;
  }
}

const stuckMs = 60_000;
