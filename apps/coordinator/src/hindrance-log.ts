// Tells once when something begins to hold a run up, and once when it no longer does.

import type { Logger } from '@rondo/logging';
import type { Hindrance } from '@rondo/training';

/** What passes sooner is not worth a line. */
const beginsAfterMs = 1000;
/** What comes back sooner has not ended. */
const endsAfterMs = 3000;

interface Observed {
  hindrance: Hindrance;
  readonly sinceMs: number;
  seenMs: number;
  told: boolean;
}

export class HindranceLog {
  readonly #log: Logger;
  readonly #changed: () => void;
  readonly #observed = new Map<string, Observed>();

  /** @param changed called whenever something has begun or ended. */
  constructor(log: Logger, changed: () => void) {
    this.#log = log;
    this.#changed = changed;
  }

  /** What holds the run up. */
  get present(): readonly Hindrance[] {
    return [...this.#observed.values()].flatMap(({ hindrance, told }) => (told ? [hindrance] : []));
  }

  /**
   * @param found everything that seems to hold the run up at this moment.
   * @param nowMs of any clock that does not go back.
   */
  look(found: readonly Hindrance[], nowMs: number): void {
    for (const hindrance of found) {
      const key = `${hindrance.kind} ${hindrance.worker}`;
      const known = this.#observed.get(key);
      if (known === undefined) this.#observed.set(key, { hindrance, sinceMs: nowMs, seenMs: nowMs, told: false });
      else Object.assign(known, { hindrance, seenMs: nowMs });
    }
    for (const [key, observed] of this.#observed) this.#tell(key, observed, nowMs);
  }

  #tell(key: string, observed: Observed, nowMs: number): void {
    const { kind, cause, worker, reason } = observed.hindrance;
    const isOver = nowMs - observed.seenMs >= (observed.told ? endsAfterMs : 1);
    if (isOver) {
      this.#observed.delete(key);
      if (!observed.told) return;
      this.#log.info({ kind, cause, worker }, 'no longer held up');
      this.#changed();
    } else if (!observed.told && nowMs - observed.sinceMs >= beginsAfterMs) {
      observed.told = true;
      this.#log.warn({ kind, cause, worker, reason }, 'held up');
      this.#changed();
    }
  }
}
