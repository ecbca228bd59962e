// How much of a worker's log travels to the coordinator, and a rate that both sides keep to.

/** Lines of one message. */
export const maxLogLines = 100;

/** UTF-8 bytes of a line. */
export const maxLogLineBytes = 8 * 1024;

/** Of one worker's lines: so many at once, and so many a second in the long run. */
export const logRate = { burst: 200, perSecond: 20 } as const;

/** What a coordinator takes: a network may hold lines back and bring them together. */
export const acceptedLogRate = { burst: 2 * logRate.burst, perSecond: logRate.perSecond } as const;

/** Lets a burst through, and afterwards so many a second (a token bucket). */
export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #sinceMs = Number.NEGATIVE_INFINITY;

  constructor({ burst, perSecond }: { readonly burst: number; readonly perSecond: number }) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
  }

  /**
   * @param nowMs of any clock that does not go back.
   * @returns how many of so many are let through.
   */
  take(count: number, nowMs: number): number {
    this.#left = Math.min(this.#burst, this.#left + (this.#perSecond * (nowMs - this.#sinceMs)) / 1000);
    this.#sinceMs = nowMs;
    const taken = Math.min(count, Math.floor(this.#left));
    this.#left -= taken;
    return taken;
  }
}
