// Tells once when something begins to hold a run up, and once when it no longer does.

import type { Logger } from '@rondo/logging';
import type { Hindrance } from '@rondo/training';

/** What passes sooner is not worth a line; workers take a moment to start. */
const beginsAfterMs = 1000;
const missingAfterMs = 4000;
/** What comes back sooner has not ended: figures go up and down. */
const endsAfterMs = 3000;
const forgottenAfterMs = 1000;

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
      const key = keyOf(hindrance);
      const known = this.#observed.get(key);
      if (known === undefined) this.#observed.set(key, { hindrance, sinceMs: nowMs, seenMs: nowMs, told: false });
      else Object.assign(known, { hindrance, seenMs: nowMs });
    }
    for (const [key, observed] of this.#observed) this.#tell(key, observed, nowMs);
  }

  #tell(key: string, observed: Observed, nowMs: number): void {
    const { kind, cause, worker, reason } = observed.hindrance;
    const patience = kind === 'no workers' ? missingAfterMs : beginsAfterMs;
    const isOver = nowMs - observed.seenMs >= (observed.told ? endsAfterMs : forgottenAfterMs);
    if (isOver) {
      this.#observed.delete(key);
      if (!observed.told) return;
      this.#log.info({ kind, cause, worker }, 'no longer held up');
      this.#changed();
    } else if (!observed.told && observed.seenMs === nowMs && nowMs - observed.sinceMs >= patience) {
      observed.told = true;
      this.#log.warn({ kind, cause, worker, reason }, 'held up');
      this.#changed();
    }
  }
}

/** A disk may refuse several things at once: what each is about comes before the colon. */
function keyOf({ kind, worker, reason }: Hindrance): string {
  return kind === 'disk' ? `${kind} ${reason.split(':')[0].replace(/\d+/g, '')}` : `${kind} ${worker}`;
}
