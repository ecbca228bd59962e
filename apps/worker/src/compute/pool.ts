// The compute threads of a worker: hands them the shards of its tasks in order, and hears what they have computed.

import type { Worker } from 'node:worker_threads';
import { memoryLimitBytes } from '@rondo/machine';
import { type EngineName, outputsOf, portType, type Tensors } from '@rondo/rnn-core';
import {
  createModelMemory,
  type GradientFormat,
  ModelArrays,
  type Programs,
  SlotPool,
  slotsOfNode,
} from '@rondo/training';
import { ComputeThread, startThread } from './compute-thread.ts';
import type { ComputedShard, FromCompute, ProbeResult, ShardTask, ToCompute } from './messages.ts';
import { type ComputedNode, type NodeInputs, NodeTask } from './node-task.ts';

/** A gradient as it lies in memory that threads share, in the wire's element type. */
export type SharedGradient = Float32Array | Uint16Array;

export interface ComputeEvents {
  /**
   * A parameter's gradient over a task's node is final.
   * @returns settles when nobody reads `data` any more.
   */
  gradient(task: number, parameter: string, data: SharedGradient): Promise<unknown>;
  /** After all its gradients. */
  computed(task: number, computed: ComputedNode): void;
  /** @param final no task of the run can be computed here. */
  failed(task: number, reason: string, final: boolean): void;
  /** As `cancel` asked: no thread computes anything of the task any more. */
  cancelled(task: number): void;
  compiled(message: Extract<FromCompute, { type: 'compiled' }>): void;
  /** A thread died: nothing more can be relied on. */
  died(error: Error): void;
}

/** What a run computes with. */
export interface RunPrograms {
  readonly engine: EngineName;
  readonly programs: Programs;
  readonly format: GradientFormat;
  /** Leaves of a training step's tree. */
  readonly shards: number;
}

/** How tasks of the present run are computed. */
interface Prepared {
  readonly threads: number;
  readonly parameters: number;
  readonly arrays: ModelArrays;
  readonly slots: SlotPool;
}

/** A task with what it was begun with. Its number alone does not tell it from one of another run or stream. */
interface Under {
  readonly node: NodeTask;
  readonly arrays: ModelArrays;
  /** Its gradients on their way to the coordinator. */
  readonly sending: Promise<unknown>[];
}

/** Threads that an engine computes on: more than one would only queue up at one GPU. */
export function threadsOf(engine: EngineName, threads: number): number {
  return engine === 'webgpu' ? 1 : threads;
}

export class ComputePool {
  readonly #size: number;
  readonly #events: ComputeEvents;
  readonly #spawn: () => Worker;
  readonly #threads: ComputeThread[] = [];
  /** What each busy thread computes a shard of. */
  readonly #busy = new Map<ComputeThread, Under>();
  /** Those that have had no answer, in the order in which they came. */
  readonly #tasks = new Set<Under>();
  #prepared: Prepared | Error = new Error('no program was sent before the first task');
  #probed: ((result: ProbeResult) => void) | undefined;

  /**
   * @param threads compute threads; they start when they are first needed.
   * @param spawn starts one: a test, which runs from source, starts a built one.
   */
  constructor(threads: number, events: ComputeEvents, spawn = startThread) {
    this.#size = threads;
    this.#events = events;
    this.#spawn = spawn;
  }

  /** Tries engines on this machine, on one thread; before any other work. */
  probe(engines: readonly EngineName[]): Promise<ProbeResult> {
    return new Promise((resolve) => {
      this.#probed = resolve;
      this.#start(1);
      this.#threads[0].send({ type: 'probe', engines });
    });
  }

  /** Compiles a run's programs on every thread that will compute. A failure shows in the run's first task. */
  prepare({ engine, programs, format, shards }: RunPrograms): void {
    this.forget();
    const threads = threadsOf(engine, this.#size);
    const [anyShape] = programs.gradients;
    const parameters = outputsOf(anyShape, 'gradient').map((port) => ({
      name: port.name,
      shape: portType(anyShape, port).shape,
    }));
    // The node before may still be on its way to the coordinator.
    const most = slotsOfNode(shards, threads) + 1;
    try {
      const memory = createModelMemory(parameters, { format, vectors: 0, slots: most });
      const arrays = new ModelArrays(memory);
      const slots = new SlotPool(most, (count) => arrays.reserve(count));
      this.#prepared = { threads, parameters: parameters.length, arrays, slots };
      this.#start(threads);
      const planBytes = Math.floor(memoryLimitBytes() / threads);
      this.#tell({ type: 'prepare', preparation: { engine, programs, memory, planBytes } });
    } catch (error) {
      this.#prepared = error as Error;
    }
  }

  /** @param weights in memory that threads share; it stays as it is until the weights after these have come. */
  weights(weights: Tensors): void {
    this.#tell({ type: 'weights', weights });
  }

  compute(inputs: NodeInputs): void {
    if (this.#prepared instanceof Error) {
      this.#events.failed(inputs.task, this.#prepared.message, true);
      return;
    }
    const { parameters, slots, arrays } = this.#prepared;
    const node = new NodeTask(inputs, inputs.phase === 'gradients' ? parameters : 0, slots);
    this.#tasks.add({ node, arrays, sending: [] });
    this.#dispatch();
  }

  /**
   * Begins no further shard of a task, and answers it with `cancelled` once the shards under way are through: whoever hears
   * that can send new weights. A task that was answered already is ignored.
   */
  cancel(task: number): void {
    const under = [...this.#tasks].find(({ node }) => node.inputs.task === task);
    if (under !== undefined) this.#drop(under);
  }

  /** Nobody waits for an answer to the tasks of before any more. */
  forget(): void {
    const tasks = [...this.#tasks];
    this.#tasks.clear();
    for (const task of tasks) this.#drop(task);
  }

  /** Lets the shards under way finish, frees the engines and ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #start(threads: number): void {
    while (this.#threads.length < threads) {
      const thread: ComputeThread = new ComputeThread(
        this.#spawn(),
        (message) => this.#receive(thread, message),
        (error) => this.#events.died(error),
      );
      this.#threads.push(thread);
    }
  }

  /** Says it to every thread that computes for the present run. */
  #tell(message: ToCompute): void {
    if (this.#prepared instanceof Error) return;
    for (const thread of this.#threads.slice(0, this.#prepared.threads)) thread.send(message);
  }

  /** Gives shards to free threads: those of the first task first. */
  #dispatch(): void {
    if (this.#prepared instanceof Error) return;
    const threads = this.#threads.slice(0, this.#prepared.threads);
    for (const thread of threads.filter((one) => !this.#busy.has(one))) {
      const task = [...this.#tasks].find(({ node }) => node.open);
      const shard = task && this.#take(task);
      if (task === undefined || shard === undefined) return;
      this.#busy.set(thread, task);
      thread.send({ type: 'compute', task: shard });
    }
  }

  /** The task's next shard; a task for whose slot the machine has no memory fails. */
  #take(task: Under): ShardTask | undefined {
    try {
      return task.node.take();
    } catch (error) {
      this.#fail(task, (error as Error).message, false);
      return undefined;
    }
  }

  #receive(thread: ComputeThread, message: FromCompute): void {
    switch (message.type) {
      case 'probed':
        this.#probed?.(message.result);
        break;
      case 'compiled':
        if (thread === this.#threads[0]) this.#events.compiled(message);
        break;
      case 'gradient':
        this.#gradient(thread, message.parameter);
        break;
      case 'computed':
        this.#computed(thread, message.computed);
        break;
      case 'failed':
        this.#failed(thread, message.reason, message.final);
        break;
    }
  }

  #gradient(thread: ComputeThread, parameter: string): void {
    const task = this.#taskOf(thread);
    const { node, arrays, sending } = task;
    if (node.dropped) return;
    sending.push(this.#events.gradient(node.inputs.task, parameter, arrays.slot(node.slot)[parameter]));
  }

  #computed(thread: ComputeThread, shard: ComputedShard): void {
    const task = this.#taskOf(thread);
    this.#busy.delete(thread);
    const computed = task.node.computed(shard);
    if (task.node.dropped) this.#endDropped(task);
    else if (computed !== undefined) {
      this.#tasks.delete(task);
      this.#events.computed(task.node.inputs.task, computed);
      this.#releaseWhenSent(task);
    }
    this.#dispatch();
  }

  #failed(thread: ComputeThread, reason: string, final: boolean): void {
    const task = this.#taskOf(thread);
    this.#busy.delete(thread);
    task.node.running -= 1;
    if (task.node.dropped) this.#endDropped(task);
    else this.#fail(task, reason, final);
    this.#dispatch();
  }

  #fail(task: Under, reason: string, final: boolean): void {
    this.#tasks.delete(task);
    this.#events.failed(task.node.inputs.task, reason, final);
    this.#drop(task);
  }

  #taskOf(thread: ComputeThread): Under {
    const task = this.#busy.get(thread);
    if (task === undefined) throw new Error('a compute thread answered that was not asked');
    return task;
  }

  #drop(task: Under): void {
    task.node.dropped = true;
    this.#endDropped(task);
  }

  /** Threads that compute a shard of a dropped task still write into its slots. */
  #endDropped(task: Under): void {
    if (task.node.running > 0) return;
    // Neither failed nor forgotten.
    if (this.#tasks.delete(task)) this.#events.cancelled(task.node.inputs.task);
    this.#releaseWhenSent(task);
  }

  /** Until then the transport reads the slots. */
  #releaseWhenSent({ node, sending }: Under): void {
    void Promise.all(sending).then(() => {
      node.releaseSlots();
      this.#dispatch();
    });
  }
}
