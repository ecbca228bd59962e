// A run's model in shared memory: the weights twice, so that the main thread sends those of the present step while the next
// are computed, the optimizer's state, and the gradients of nodes.

import type { Tensors } from '@rondo/rnn-core';
import { createModelMemory, type Floats, ModelArrays, type NamedShape, type Optimizer } from '@rondo/training';

export class RunModel {
  readonly arrays: ModelArrays;
  /** The optimizer's vectors. */
  readonly state: readonly number[];
  /** The vector of the weights after the newest committed step, and the one for the next. */
  from = 0;
  to = 1;

  constructor(parameters: readonly NamedShape[], { stateNames }: Optimizer, shards: number) {
    const format = { type: 'float32', exponent: 0 } as const;
    this.state = stateNames.map((_, i) => 2 + i);
    this.arrays = new ModelArrays(
      createModelMemory(parameters, { format, vectors: 2 + stateNames.length, slots: shards }),
    );
  }

  get weights(): Floats {
    return this.arrays.vector(this.from);
  }

  /**
   * The next weights become the present ones. Nobody reads the memory of the next: it held the weights before the present
   * ones, and whoever was sent those has answered or is gone, else the present step would not be committed.
   */
  commit(): Tensors {
    [this.from, this.to] = [this.to, this.from];
    return this.weights;
  }
}
