// Which slots of a model's memory are free.

export class SlotPool {
  readonly #most: number;
  readonly #reserve: (slots: number) => void;
  /** Of those that exist. */
  readonly #free: number[] = [];
  #existing = 0;

  /**
   * @param most slots that there can ever be.
   * @param reserve makes slots 0 to n - 1 exist; called as they are first needed.
   */
  constructor(most: number, reserve: (slots: number) => void) {
    this.#most = most;
    this.#reserve = reserve;
  }

  /** @returns a slot that nobody has; undefined when all are taken. */
  take(): number | undefined {
    const free = this.#free.pop();
    if (free !== undefined || this.#existing === this.#most) return free;
    this.#reserve(this.#existing + 1);
    return this.#existing++;
  }

  release(slot: number): void {
    this.#free.push(slot);
  }
}

/**
 * Slots with which a node of any number of shards of a tree gets through, its shards being taken in order: as many as there
 * are threads, and one for every sum that waits for its sibling when the shards so far are through. While some threads are
 * far behind the others, more sums wait, and the others wait for a slot.
 */
export function slotsOfNode(shards: number, threads: number): number {
  return Math.min(shards, threads + Math.ceil(Math.log2(shards)));
}
