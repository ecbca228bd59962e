// The model after the newest committed step: its weights on their way to workers and checkpoints, its recurrent state.

import { Broadcast, type FromCoordinator, flatTensors } from '@rondo/protocol';
import type { ModelArrays } from '@rondo/training';
import type { Connection } from './connection.ts';
import { weightVectors } from './run-thread/run-model.ts';
import type { States } from './shard-states.ts';
import { WeightVectors } from './weight-vectors.ts';

export class PresentModel {
  /** Recurrent state by shard. */
  states: States;
  readonly #run: string;
  readonly #arrays: ModelArrays;
  readonly #vectors: WeightVectors;
  /** Encoded once, whoever it goes to. */
  #weights: Broadcast;
  /** Lets go of the weights that a checkpoint is written of, by step. */
  readonly #held = new Map<number, () => void>();

  /** @param step after which the weights in vector 0 and the states came to be. */
  constructor(run: string, arrays: ModelArrays, step: number, states: States) {
    this.#run = run;
    this.#arrays = arrays;
    this.#vectors = new WeightVectors(weightVectors, step);
    this.#weights = this.#broadcast(step);
    this.states = states;
  }

  sendTo(connection: Connection): void {
    this.#vectors.send(connection.name, connection.weights(this.#weights));
  }

  left(worker: string): void {
    this.#vectors.left(worker);
  }

  /** The vector that the next weights go to; see WeightVectors.next. */
  nextVector(disconnect: (worker: string, reason: string) => void): number {
    return this.#vectors.next(disconnect);
  }

  /** These are the weights now, in a vector that `nextVector` named. */
  become(step: number, vector: number, states: States): void {
    this.#vectors.committed(step, vector);
    this.#weights = this.#broadcast(step);
    this.states = states;
  }

  /** Keeps the weights for a checkpoint of this step until `release`. */
  hold(step: number): void {
    this.#held.set(step, this.#vectors.hold(this.#vectors.present));
  }

  release(step: number): void {
    this.#held.get(step)?.();
    this.#held.delete(step);
  }

  #broadcast(step: number): Broadcast {
    const weights = this.#arrays.vector(this.#vectors.present);
    return new Broadcast<FromCoordinator>({ weights: { run: this.#run, step } }, flatTensors(weights));
  }
}
