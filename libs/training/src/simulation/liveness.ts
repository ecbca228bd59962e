// How long a round may take while workers are there that nothing befalls, whatever befalls the others.

import type { Effect, Event } from '../brain/index.ts';
import type { Clock } from './clock.ts';
import type { Schedule } from './schedule.ts';
import { Violation } from './transcript.ts';

/** A round is at most so many times as long as the slowest spared worker would take for all of it, and this much more. */
const allowance = { factor: 2.5, ms: 400 };

export class Liveness {
  readonly #schedule: Schedule;
  /** The brain's: it cannot see who is late while that stands still. */
  readonly #clock: Clock;
  readonly #spared: ReadonlySet<string>;
  readonly #here = new Set<string>();
  /** Somebody has answered in this life of the coordinator: before, it cannot tell who is late. */
  #paceShown = false;
  #isDisturbed = false;
  #sinceMs: number | undefined;
  /** The longest round, as a multiple of what is allowed. */
  longest = 0;

  constructor(schedule: Schedule, clock: Clock) {
    this.#schedule = schedule;
    this.#clock = clock;
    this.#spared = new Set(schedule.workers.flatMap(({ spared, name }) => (spared ? [name] : [])));
  }

  /** Its clock, and with it the workers' paces, are not to be trusted: nothing is measured in this life. */
  disturbed(): void {
    this.#sinceMs = undefined;
    this.#isDisturbed = true;
  }

  event(event: Event): void {
    if (event.type === 'opened') {
      this.#sinceMs = undefined;
      this.#paceShown = false;
      this.#isDisturbed = false;
      this.#here.clear();
      for (const { worker } of event.workers) this.#here.add(worker);
    }
    if (event.type === 'stop') this.#sinceMs = undefined;
    if (event.type === 'node-computed') this.#paceShown = true;
    if (event.type === 'worker-joined') this.#here.add(event.worker);
    if (event.type === 'worker-left') this.#here.delete(event.worker);
    if (event.type === 'tick' && this.#sinceMs !== undefined) this.#expectInTime();
  }

  effect(effect: Effect): void {
    switch (effect.type) {
      case 'assign':
        if (this.#sinceMs === undefined && this.#measured()) this.#sinceMs = this.#clock.nowMs;
        break;
      case 'commit':
      case 'validated-batch':
        if (this.#sinceMs !== undefined) this.#expectInTime();
        this.#sinceMs = undefined;
        break;
      case 'roll-back':
      case 'end':
        this.#sinceMs = undefined;
        break;
    }
  }

  #measured(): boolean {
    const { diverging, config } = this.#schedule;
    // With so few slots no node is computed twice, however late.
    const isPatient = config.slots <= config.shards + 1;
    return (
      diverging === undefined &&
      !isPatient &&
      this.#paceShown &&
      !this.#isDisturbed &&
      this.#spared.size > 0 &&
      [...this.#spared].every((name) => this.#here.has(name))
    );
  }

  #expectInTime(): void {
    const tookMs = this.#clock.nowMs - (this.#sinceMs as number);
    const allowedMs = this.#allowedMs();
    this.longest = Math.max(this.longest, tookMs / allowedMs);
    if (tookMs > allowedMs) {
      throw new Violation(`a round takes ${tookMs.toFixed(0)} ms, healthy workers would need ${allowedMs.toFixed(0)}`);
    }
  }

  #allowedMs(): number {
    const { config, workers } = this.#schedule;
    const shards = Math.max(config.shards, config.validationShards);
    const alone = workers
      .filter(({ spared }) => spared)
      .map(({ shardMs, threads, latencyMs }) => Math.ceil(shards / threads) * (1.2 * shardMs + 4 * latencyMs));
    const audits = config.audit > 0 ? 2 : 1;
    return allowance.factor * audits * Math.max(...alone) + allowance.ms;
  }
}
