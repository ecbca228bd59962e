// Where the gradients of nodes under way are received: each node in a slot of the run's memory, parameter by parameter.

import type { TensorHeader } from '@rondo/protocol';
import { elements } from '@rondo/rnn-core';
import { type ModelArrays, SlotPool } from '@rondo/training';

interface NodeUnderWay {
  readonly worker: string;
  readonly slot: number;
  /** Parameters whose gradients have come. */
  readonly received: Set<string>;
}

export class GradientSlots {
  readonly #arrays: ModelArrays;
  readonly #pool: SlotPool;
  readonly #nodes = new Map<number, NodeUnderWay>();

  /** @param slots that there can be. */
  constructor(arrays: ModelArrays, slots: number) {
    this.#arrays = arrays;
    this.#pool = new SlotPool(slots, (count) => arrays.reserve(count));
  }

  /** Takes a slot for a node. @throws Error when the machine does not give the memory. */
  open(task: number, worker: string): void {
    const slot = this.#pool.take();
    if (slot === undefined) throw new Error('more nodes are under way than a step has shards');
    this.#nodes.set(task, { worker, slot, received: new Set() });
  }

  /** Where a gradient of a node shall lie; undefined for one that nobody waits for. */
  place(worker: string, task: number, { name, type, shape }: TensorHeader): Uint8Array | undefined {
    const node = this.#nodes.get(task);
    if (node?.worker !== worker || node.received.has(name) || type !== this.#arrays.format.type) return undefined;
    const values = this.#arrays.slot(node.slot)[name];
    if (values?.length !== elements(shape)) return undefined;
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }

  /** Notes gradients that have come. @returns what is wrong with them; undefined: nothing. */
  receive(worker: string, task: number, tensors: readonly TensorHeader[]): string | undefined {
    const node = this.#nodes.get(task);
    if (node?.worker !== worker) return undefined;
    for (const header of tensors) {
      if (this.place(worker, task, header) === undefined) {
        return `gradient ${header.name} (${header.type}[${header.shape.join(', ')}]) is none of this run, or came twice`;
      }
      node.received.add(header.name);
    }
    return undefined;
  }

  /** The first parameter whose gradient has not come; undefined: all have. */
  missing(task: number): string | undefined {
    const received = this.#nodes.get(task)?.received;
    return this.#arrays.places.find(({ name }) => !received?.has(name))?.name;
  }

  /** Hands a node's slot over to who adds it up, and releases it afterwards. */
  handOver(task: number): number {
    const node = this.#nodes.get(task);
    if (node === undefined) throw new Error(`task ${task} has no slot`);
    this.#nodes.delete(task);
    return node.slot;
  }

  release(slot: number): void {
    this.#pool.release(slot);
  }

  /** Nobody waits for this node any more. */
  drop(task: number): void {
    if (this.#nodes.has(task)) this.release(this.handOver(task));
  }
}
