// What must be true of checkpoints: one at a time, of committed steps, when they are due, again after a failure.

import type { BrainConfig, Effect, Event } from '../brain/index.ts';
import type { Schedule } from './schedule.ts';
import { Violation } from './transcript.ts';

const firstRetryMs = 1000;
const lastRetryMs = 60_000;
/** Ticks after which a try that is due should have been made. */
const patience = 5;

export class SavingInvariants {
  readonly #config: BrainConfig;
  readonly #from: number;
  /** The newest step that was asked for in this life. */
  #asked: number;
  #written: number;
  #underWay: number | undefined;
  /** When the last write failed; undefined after one that did not. */
  #failedAtMs: number | undefined;
  /** In a row. */
  #failures = 0;
  #overdueTicks = 0;
  #stopping = false;
  #rolledBack = false;
  readonly #lastStep: number;

  constructor({ config, lastStep }: Schedule, from: number) {
    this.#config = config;
    this.#lastStep = lastStep;
    this.#from = from;
    this.#asked = from;
    this.#written = from;
  }

  /** @param busy a commit, a validation or a roll-back is under way. */
  event(event: Event, atMs: number, busy: boolean): void {
    switch (event.type) {
      case 'checkpoint-written':
        this.#written = event.step;
        this.#underWay = undefined;
        this.#failedAtMs = undefined;
        this.#failures = 0;
        break;
      case 'checkpoint-failed':
        this.#underWay = undefined;
        this.#failedAtMs = atMs;
        this.#failures++;
        break;
      case 'rolled-back':
        this.#rolledBack = true;
        // What failed to be written is gone.
        this.#failedAtMs = undefined;
        this.#asked = event.step;
        this.#written = event.step;
        break;
      case 'stop':
        this.#stopping = true;
        break;
      case 'committed':
        if (event.step === this.#lastStep) this.#stopping = true;
        break;
      case 'tick':
        if (!busy) this.#expectRetry(atMs);
        break;
    }
  }

  asked(step: number, atMs: number): void {
    if (this.#underWay !== undefined) {
      throw new Violation(`a checkpoint of step ${step} is asked for while that of step ${this.#underWay} is written`);
    }
    if (this.#failedAtMs !== undefined && !this.#stopping && atMs < this.#failedAtMs + firstRetryMs) {
      throw new Violation(`a checkpoint of step ${step} is asked for again at once`);
    }
    this.#asked = step;
    this.#underWay = step;
    this.#overdueTicks = 0;
  }

  #expectRetry(atMs: number): void {
    if (this.#failedAtMs === undefined || this.#underWay !== undefined) return;
    const pauseMs = Math.min(lastRetryMs, firstRetryMs * 2 ** (this.#failures - 1));
    if (atMs < this.#failedAtMs + pauseMs) return;
    if (++this.#overdueTicks > patience) throw new Violation('a checkpoint that failed is not tried again');
  }

  /** The checkpoint that was due before this step was asked for, unless the disk was at fault or busy. */
  committing(step: number): void {
    const { checkpointEvery } = this.#config;
    const due = Math.floor((step - 1) / checkpointEvery) * checkpointEvery;
    if (due <= this.#from || this.#asked >= due || this.#underWay !== undefined || this.#rolledBack) return;
    if (this.#failedAtMs === undefined) throw new Violation(`the checkpoint of step ${due} was not asked for`);
  }

  ended({ outcome }: Extract<Effect, { type: 'end' }>, committed: number): void {
    if (this.#underWay !== undefined) throw new Violation('the end while a checkpoint is written');
    if (outcome === 'failed') return;
    if (outcome === 'finished' && committed !== this.#lastStep) throw new Violation(`finished after step ${committed}`);
    const given = outcome !== 'finished' && this.#failedAtMs !== undefined;
    if (this.#written !== committed && !given) {
      throw new Violation(`${outcome} after step ${committed}, the newest checkpoint is that of step ${this.#written}`);
    }
  }
}

export function expectStep(step: number | undefined, expected: number, what: string): void {
  if (step !== expected) throw new Violation(`${what}: ${step ?? 'none'} where ${expected} is due`);
}
