// Tells once when something begins to hold a run up, and once when it no longer does.

import type { Logger } from '@rondo/logging';
import type { Hindrance } from '@rondo/training';

/**
 * What passes sooner is not worth a line: workers take a moment to start, and paces of quick steps go up and down. Silence is
 * measured in seconds already.
 */
const beginsAfterMs: Readonly<Record<Hindrance['kind'], number>> = {
  'no workers': 4000,
  slow: 2500,
  late: 1000,
  disk: 1000,
  silent: 0,
  aside: 0,
};
/** A pace that comes back sooner has not ended. */
const endsAfterMs = { told: 3000, untold: 1000 } as const;

interface Observed {
  hindrance: Hindrance;
  /** As the log was told of it. */
  begun?: Hindrance;
  readonly sinceMs: number;
  seenMs: number;
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
    return [...this.#observed.values()].flatMap(({ hindrance, begun }) => (begun ? [hindrance] : []));
  }

  /**
   * @param found everything that seems to hold the run up at this moment.
   * @param nowMs of any clock that does not go back.
   */
  look(found: readonly Hindrance[], nowMs: number): void {
    for (const hindrance of found) {
      const key = keyOf(hindrance);
      const known = this.#observed.get(key);
      if (known === undefined) this.#observed.set(key, { hindrance, sinceMs: nowMs, seenMs: nowMs });
      else Object.assign(known, { hindrance, seenMs: nowMs });
    }
    for (const [key, observed] of this.#observed) this.#tell(key, observed, nowMs);
  }

  #tell(key: string, observed: Observed, nowMs: number): void {
    const { hindrance, begun, seenMs, sinceMs } = observed;
    const { kind, cause, worker, reason } = begun ?? hindrance;
    const flickers = kind === 'slow' ? endsAfterMs[begun ? 'told' : 'untold'] : 0;
    if (nowMs - seenMs > flickers) {
      this.#observed.delete(key);
      if (begun === undefined) return;
      this.#log.info({ kind, cause, worker, reason }, 'hindrance over');
      this.#changed();
    } else if (begun === undefined && seenMs === nowMs && nowMs - sinceMs >= beginsAfterMs[kind]) {
      observed.begun = hindrance;
      this.#log.warn({ kind, cause, worker, reason }, 'hindered');
      this.#changed();
    }
  }
}

/** A disk may refuse several things at once: what each is about comes before the colon. */
function keyOf({ kind, worker, reason }: Hindrance): string {
  return kind === 'disk' ? `${kind} ${reason.split(':')[0].replace(/\d+/g, '')}` : `${kind} ${worker}`;
}
