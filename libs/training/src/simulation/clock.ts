// The coordinator's clock: simulated time, unless it jumps ahead or stands still. It never goes back.

import type { Timeline } from './timeline.ts';

export class Clock {
  readonly #timeline: Timeline;
  #aheadMs = 0;
  #stoppedAtMs: number | undefined;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  get nowMs(): number {
    return this.#stoppedAtMs ?? this.#timeline.nowMs + this.#aheadMs;
  }

  jump(byMs: number): void {
    if (this.#stoppedAtMs === undefined) this.#aheadMs += byMs;
    else this.#stoppedAtMs += byMs;
  }

  stop(): void {
    this.#stoppedAtMs = this.nowMs;
  }

  goOn(): void {
    if (this.#stoppedAtMs === undefined) return;
    this.#aheadMs = this.#stoppedAtMs - this.#timeline.nowMs;
    this.#stoppedAtMs = undefined;
  }
}
