// Memory of tensors that come again and again, such as weights: fresh pages cost several times what filling them does.

import type { TensorHeader } from './tensors.ts';

/**
 * Shared memory by tensor name, as many times as there are generations, given out in turn: what was placed last, and
 * the `generations - 1` times before, stays as it is. A pool holds the names of one run; another run gets a new pool.
 */
export class TensorPool {
  readonly #generations: number;
  readonly #slots = new Map<string, { readonly memory: Uint8Array[]; turn: number }>();

  constructor(generations: number) {
    this.#generations = generations;
  }

  /** @returns memory of exactly this many bytes; a tensor of another size than before starts anew. */
  place({ name }: Pick<TensorHeader, 'name'>, bytes: number): Uint8Array {
    let slot = this.#slots.get(name);
    if (slot?.memory[0]?.length !== bytes) {
      slot = { memory: [], turn: 0 };
      this.#slots.set(name, slot);
    }
    const turn = slot.turn;
    slot.turn = (turn + 1) % this.#generations;
    slot.memory[turn] ??= new Uint8Array(new SharedArrayBuffer(bytes));
    return slot.memory[turn];
  }
}
