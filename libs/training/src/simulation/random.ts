// A seeded generator: what a schedule draws depends on its seed alone.

import { hashOf, mix, uniform } from '@rondo/rnn-core';

export class Random {
  readonly #key: number;
  #draws = 0;

  /** Generators of different words draw independently. */
  constructor(...words: number[]) {
    this.#key = hashOf(...words);
  }

  /** In [first, end). */
  between(first: number, end: number): number {
    return first + uniform(mix(this.#key, this.#draws++)) * (end - first);
  }

  /** A whole number in [first, last]. */
  integer(first: number, last: number): number {
    return Math.floor(this.between(first, last + 1));
  }

  chance(probability: number): boolean {
    return this.between(0, 1) < probability;
  }

  /** @param list not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.integer(0, list.length - 1)];
  }
}
