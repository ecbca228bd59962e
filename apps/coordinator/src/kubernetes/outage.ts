// Something outside that does not work for a while: said once when it begins, and once when it is over.

import type { Logger } from '@rondo/logging';

export class Outage {
  readonly #log: Logger;
  readonly #what: string;
  /** Those that were said. */
  readonly #reasons = new Set<string>();

  /** @param what does not work then, in the log's field of that name. */
  constructor(log: Logger, what: string) {
    this.#log = log;
    this.#what = what;
  }

  /** Another reason is said too, once. */
  failed(reason: string): void {
    if (this.#reasons.has(reason)) return;
    this.#reasons.add(reason);
    this.#log.warn({ what: this.#what, reason }, 'Kubernetes does not do what it should; trying again');
  }

  works(): void {
    if (this.#reasons.size === 0) return;
    this.#reasons.clear();
    this.#log.info({ what: this.#what }, 'Kubernetes works again');
  }
}
