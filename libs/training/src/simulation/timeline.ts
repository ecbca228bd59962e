// Simulated time: actions in the order of their times, those of one time in the order in which they were planned.

interface Planned {
  readonly atMs: number;
  readonly order: number;
  readonly action: () => void;
}

export class Timeline {
  nowMs = 0;
  /** A binary heap: each entry is earlier than the two at 2i + 1 and 2i + 2. */
  readonly #heap: Planned[] = [];
  #order = 0;

  at(atMs: number, action: () => void): void {
    const planned = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, action };
    let place = this.#heap.push(planned) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(planned, this.#heap[above])) break;
      this.#heap[place] = this.#heap[above];
      place = above;
    }
    this.#heap[place] = planned;
  }

  after(delayMs: number, action: () => void): void {
    this.at(this.nowMs + delayMs, action);
  }

  /** Goes on to the next action and does it. @returns false when there is none. */
  step(): boolean {
    const next = this.#heap[0];
    if (next === undefined) return false;
    this.#takeTop();
    this.nowMs = next.atMs;
    next.action();
    return true;
  }

  #takeTop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Planned;
    if (heap.length === 0) return;
    let place = 0;
    for (;;) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      if (left >= heap.length) break;
      const child = right < heap.length && isBefore(heap[right], heap[left]) ? right : left;
      if (!isBefore(heap[child], last)) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = last;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
