// Where the gradients of nodes under way are received: each node in a slot of the run's memory, parameter by parameter.

import type { TensorHeader } from '@rondo/protocol';
import { elements } from '@rondo/rnn-core';
import { jsonHash, type ModelArrays, SlotPool, tensorsChecksum } from '@rondo/training';
import type { WorkerResult } from './connection.ts';

interface NodeUnderWay {
  readonly worker: string;
  readonly slot: number;
  /** Parameters whose gradients are on their way into the slot: of one message, a stream has no more under way. */
  readonly arriving: Set<string>;
  /** Parameters whose gradients have come. */
  readonly received: Set<string>;
  nonFinite: string | undefined;
  state: 'receiving' | 'complete' | 'dropped';
}

/**
 * A slot has one owner at a time: a node, from `open` to `handOver` or its end, then who adds it up, until `release`. A
 * node that is dropped while a message is on its way into its slot keeps the slot until the message is there whole, or its
 * worker is gone: the bytes still to come would spoil another's gradient.
 */
export class GradientSlots {
  readonly #arrays: ModelArrays;
  readonly #pool: SlotPool;
  readonly #nodes = new Map<number, NodeUnderWay>();

  /** @param slots that there can be. */
  constructor(arrays: ModelArrays, slots: number) {
    this.#arrays = arrays;
    this.#pool = new SlotPool(slots, (count) => arrays.reserve(count));
  }

  /**
   * Takes a slot for a node. Where none is free, the oldest dropped node loses its one, and its worker the connection.
   * @param disconnect ends the connection with a worker: nothing of it is received any more.
   * @throws Error when more nodes are under way than there are slots, or when the machine does not give the memory.
   */
  open(task: number, worker: string, disconnect: (worker: string, reason: string) => void): void {
    const slot = this.#pool.take() ?? this.#takeDropped(disconnect);
    if (slot === undefined) throw new Error('more nodes are under way than a run has slots');
    this.#nodes.set(task, {
      worker,
      slot,
      arriving: new Set(),
      received: new Set(),
      nonFinite: undefined,
      state: 'receiving',
    });
  }

  #takeDropped(disconnect: (worker: string, reason: string) => void): number | undefined {
    for (const [task, { worker, state }] of this.#nodes) {
      if (state !== 'dropped') continue;
      disconnect(worker, `is amid sending a gradient of task ${task}, which was given up, and its memory is needed`);
      this.left(worker);
      return this.#pool.take();
    }
    return undefined;
  }

  /** Where a gradient of a node shall lie; undefined for one that nobody waits for. */
  place(worker: string, task: number, { name, type, shape }: TensorHeader): Uint8Array | undefined {
    const node = this.#nodes.get(task);
    if (node?.worker !== worker || node.state !== 'receiving') return undefined;
    if (node.received.has(name) || type !== this.#arrays.format.type) return undefined;
    const values = this.#arrays.slot(node.slot)[name];
    if (values?.length !== elements(shape)) return undefined;
    node.arriving.add(name);
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }

  /** Notes that a message of gradients has come as a whole. @returns what is wrong with them; undefined: nothing. */
  receive(worker: string, task: number, tensors: readonly TensorHeader[]): string | undefined {
    const node = this.#nodes.get(task);
    if (node?.worker !== worker) return undefined;
    const arrived = new Set(node.arriving);
    node.arriving.clear();
    if (node.state === 'dropped') {
      this.#end(task, node);
      return undefined;
    }
    for (const { name, type, shape } of tensors) {
      if (!arrived.has(name)) {
        return `gradient ${name} (${type}[${shape.join(', ')}]) is none of this run, or came twice or too early`;
      }
      node.received.add(name);
      // Checked now, while the processor's caches still have it.
      if (!this.#arrays.allFinite(node.slot, name)) node.nonFinite ??= name;
    }
    return undefined;
  }

  /**
   * The worker says that it is through with a node. One that is complete stays when its worker leaves.
   * @returns the first parameter whose gradient has not come; undefined: all have.
   */
  complete(task: number): string | undefined {
    const node = this.#nodes.get(task);
    const missing = this.#arrays.places.find(({ name }) => !node?.received.has(name))?.name;
    if (missing === undefined && node?.state === 'receiving') node.state = 'complete';
    return missing;
  }

  /** The first parameter whose gradient came with an infinity or NaN. */
  nonFinite(task: number): string | undefined {
    return this.#node(task).nonFinite;
  }

  /** SHA-256 of what a worker computed for a complete node: equal for two of them when all their bits are. */
  digest(task: number, { lossSum, weight, outputs }: Pick<WorkerResult, 'lossSum' | 'weight' | 'outputs'>): string {
    const gradient = tensorsChecksum(this.#arrays.slot(this.#node(task).slot));
    const checksums = [...outputs].map(([shard, tensors]) => [shard, tensorsChecksum(tensors)]);
    return jsonHash({ gradient, lossSum, weight, outputs: Object.fromEntries(checksums) });
  }

  /** Hands a complete node's slot over to who adds it up, and releases it afterwards. */
  handOver(task: number): number {
    const node = this.#node(task);
    if (node.state !== 'complete') throw new Error(`task ${task} is not complete: ${node.state}`);
    this.#nodes.delete(task);
    return node.slot;
  }

  release(slot: number): void {
    this.#pool.release(slot);
  }

  /** Nobody waits for this node any more. */
  drop(task: number): void {
    const node = this.#nodes.get(task);
    if (node === undefined) return;
    if (node.arriving.size > 0) node.state = 'dropped';
    else this.#end(task, node);
  }

  /** Nothing comes of a worker that is gone; what it has completed stays. */
  left(worker: string): void {
    for (const [task, node] of this.#nodes) {
      if (node.worker === worker && node.state !== 'complete') this.#end(task, node);
    }
  }

  #end(task: number, { slot }: NodeUnderWay): void {
    this.#nodes.delete(task);
    this.release(slot);
  }

  #node(task: number): NodeUnderWay {
    const node = this.#nodes.get(task);
    if (node === undefined) throw new Error(`task ${task} has no slot`);
    return node;
  }
}
