// Lets so many through at once, has so many more wait their turn, and turns away the rest.

export interface GateOptions {
  readonly slots: number;
  /** Those that may wait beside them. */
  readonly waiting: number;
}

/** An operating fault: what is asked for is done too often at the moment. */
export class GateFault extends Error {
  override readonly name = 'GateFault';
}

export class Gate {
  readonly #what: string;
  readonly #options: GateOptions;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param what is being done, as in "specs are being looked at". */
  constructor(what: string, options: GateOptions) {
    this.#what = what;
    this.#options = options;
  }

  /** Does the work in its turn; first come, first served. @throws GateFault when too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { slots, waiting } = this.#options;
    if (this.#running === slots) {
      if (this.#waiting.length >= waiting) {
        const line = waiting === 0 ? '' : ` and ${waiting} wait`;
        throw new GateFault(`${slots} ${this.#what}${line}: try again in a while`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // Whoever waits longest takes the place as it is.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
