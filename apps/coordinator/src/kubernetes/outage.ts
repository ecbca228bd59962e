// Something outside that does not work for a while: said once when it begins, and once when it is over.

import type { Logger } from '@rondo/logging';

export class Outage {
  readonly #log: Logger;
  readonly #texts: { readonly begins: string; readonly over: string };
  /** Those that were said. */
  readonly #reasons = new Set<string>();

  constructor(log: Logger, texts: { readonly begins: string; readonly over: string }) {
    this.#log = log;
    this.#texts = texts;
  }

  /** Another reason is said too, once. */
  failed(reason: string): void {
    if (this.#reasons.has(reason)) return;
    this.#reasons.add(reason);
    this.#log.warn({ reason }, this.#texts.begins);
  }

  works(): void {
    if (this.#reasons.size === 0) return;
    this.#reasons.clear();
    this.#log.info(this.#texts.over);
  }
}
