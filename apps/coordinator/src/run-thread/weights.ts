// The weights in shared memory, twice: the main thread sends those of the present step while the next are computed.

import { elements, type Tensors } from '@rondo/rnn-core';
import type { Floats, NamedShape } from '@rondo/training';

export class WeightBuffers {
  /** The weights after the newest committed step. */
  current: Floats;
  #spare: Floats;

  constructor(parameters: readonly NamedShape[], values: (index: number) => ArrayLike<number>) {
    this.current = allocate(parameters);
    this.#spare = allocate(parameters);
    parameters.forEach(({ name }, index) => {
      this.current[name].set(values(index));
    });
  }

  /**
   * A copy of the present weights to take a step on. Nobody reads that memory any more: it held the weights before the
   * present ones, and whoever was sent those has answered or is gone, else the present step would not be committed.
   */
  draft(): Floats {
    for (const [name, values] of Object.entries(this.current)) this.#spare[name].set(values);
    return this.#spare;
  }

  /** The draft becomes the present weights. */
  commit(): Tensors {
    [this.current, this.#spare] = [this.#spare, this.current];
    return this.current;
  }
}

function allocate(parameters: readonly NamedShape[]): Floats {
  const sizes = parameters.map(({ shape }) => elements(shape));
  const memory = new SharedArrayBuffer(4 * sizes.reduce((sum, size) => sum + size, 0));
  let offset = 0;
  return Object.fromEntries(
    parameters.map(({ name }, index) => {
      const view = new Float32Array(memory, offset, sizes[index]);
      offset += 4 * sizes[index];
      return [name, view];
    }),
  );
}
