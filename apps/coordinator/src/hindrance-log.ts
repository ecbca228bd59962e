// Tells once when something begins to hold a run up, and once when it no longer does.

import type { Logger } from '@rondo/logging';
import type { Hindrance } from '@rondo/training';

export class HindranceLog {
  readonly #log: Logger;
  readonly #changed: (now: readonly Hindrance[]) => void;
  #before = new Map<string, Hindrance>();

  /** @param changed hears what there is whenever something begins or ends. */
  constructor(log: Logger, changed: (now: readonly Hindrance[]) => void) {
    this.#log = log;
    this.#changed = changed;
  }

  /** @param found everything that holds the run up at this moment. */
  look(found: readonly Hindrance[]): void {
    const now = new Map(found.map((hindrance) => [`${hindrance.cause} ${hindrance.worker}`, hindrance]));
    const begun = [...now].filter(([key]) => !this.#before.has(key));
    const ended = [...this.#before].filter(([key]) => !now.has(key));
    this.#before = now;
    for (const [, { cause, worker, reason }] of begun) this.#log.warn({ cause, worker, reason }, 'held up');
    for (const [, { cause, worker }] of ended) this.#log.info({ cause, worker }, 'no longer held up');
    if (begun.length > 0 || ended.length > 0) this.#changed(found);
  }
}
