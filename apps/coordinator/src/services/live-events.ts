// What happens while a caller follows a run, and the caller has not read yet: in order, and never more than so much.

export interface LiveLimits {
  readonly events: number;
  /** UTF-16 code units of all that wait. */
  readonly length: number;
}

const defaultLimits: LiveLimits = { events: 10_000, length: 2 ** 22 };

export class LiveEvents<Event> implements AsyncIterable<Event> {
  readonly #limits: LiveLimits;
  readonly #waiting: { readonly event: Event; readonly length: number }[] = [];
  readonly #overflow = new AbortController();
  #length = 0;
  #ended = false;
  #wake: () => void = () => {};

  constructor(limits = defaultLimits) {
    this.#limits = limits;
  }

  /** Aborted as soon as more waits than may; nothing waits from then on. */
  get overflow(): AbortSignal {
    return this.#overflow.signal;
  }

  /** @param length of the event's text. */
  push(event: Event, length: number): void {
    if (this.#ended) return;
    this.#waiting.push({ event, length });
    this.#length += length;
    if (this.#waiting.length > this.#limits.events || this.#length > this.#limits.length) {
      this.#waiting.length = 0;
      this.#ended = true;
      this.#overflow.abort();
    }
    this.#wake();
  }

  /** Nothing comes after what was pushed. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** For one reader; ends after the last event, or at an overflow. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Event> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        this.#length -= next.length;
        yield next.event;
      } else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
