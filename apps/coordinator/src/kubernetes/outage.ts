// Something outside that does not work for a while: said once when it begins, and once when it is over.

import type { Logger } from '@rondo/logging';

export class Outage {
  readonly #log: Logger;
  readonly #texts: { readonly begins: string; readonly over: string };
  #reason: string | undefined;

  constructor(log: Logger, texts: { readonly begins: string; readonly over: string }) {
    this.#log = log;
    this.#texts = texts;
  }

  /** @param reason is told again only when it is another one. */
  failed(reason: string): void {
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.#log.warn({ reason }, this.#texts.begins);
  }

  works(): void {
    if (this.#reason === undefined) return;
    this.#reason = undefined;
    this.#log.info(this.#texts.over);
  }
}
