// Simulated connections: each way delivers in order and late, a partition holds everything back, a cut loses what is on
// its way and lets some of it turn up after the next connection was made.

import type { RoundPhase } from '../brain/index.ts';
import type { TreeNode } from '../reduction-tree.ts';
import type { Weights } from './arithmetic.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

export interface Assignment {
  readonly task: number;
  readonly phase: RoundPhase;
  readonly step: number;
  readonly batch: number;
  readonly node: TreeNode;
  /** What the coordinator takes the worker's weights for. */
  readonly weights: Weights;
}

export type ToWorker =
  | { readonly type: 'prepare' }
  | { readonly type: 'weights'; readonly weights: Weights }
  | { readonly type: 'assign'; readonly assignment: Assignment }
  | { readonly type: 'cancel'; readonly task: number }
  | { readonly type: 'idle'; readonly reason: string };

export interface Result {
  readonly task: number;
  readonly value: number;
  readonly finite: boolean;
  readonly computeMs: number;
}

export type FromWorker =
  | { readonly type: 'hello' }
  | { readonly type: 'alive' }
  | { readonly type: 'result'; readonly result: Result }
  | { readonly type: 'failure'; readonly task: number; readonly reason: string; readonly final: boolean }
  | { readonly type: 'leaving' };

/** The cable between a worker and the coordinator, whichever connection runs over it. */
export interface Cable {
  readonly random: Random;
  latencyMs: number;
  /** Nothing arrives before. */
  heldUntilMs: number;
}

/** One way of a connection. */
class Lane<Message> {
  readonly #timeline: Timeline;
  readonly #cable: Cable;
  readonly #deliver: (message: Message) => void;
  readonly #queue: { readonly atMs: number; readonly message: Message }[] = [];
  #lastAtMs = 0;
  #armed = false;

  constructor(timeline: Timeline, cable: Cable, deliver: (message: Message) => void) {
    this.#timeline = timeline;
    this.#cable = cable;
    this.#deliver = deliver;
  }

  send(message: Message): void {
    const { random, latencyMs } = this.#cable;
    this.#lastAtMs = Math.max(this.#lastAtMs, this.#timeline.nowMs + latencyMs * random.between(0.5, 1.5));
    this.#queue.push({ atMs: this.#lastAtMs, message });
    this.#arm();
  }

  /** @returns what was on its way. */
  clear(): Message[] {
    return this.#queue.splice(0).map(({ message }) => message);
  }

  #arm(): void {
    if (this.#armed || this.#queue.length === 0) return;
    this.#armed = true;
    this.#timeline.at(Math.max(this.#queue[0].atMs, this.#cable.heldUntilMs), () => {
      this.#armed = false;
      const ready = () => this.#queue.length > 0 && this.#queue[0].atMs <= this.#timeline.nowMs;
      while (ready() && this.#cable.heldUntilMs <= this.#timeline.nowMs) {
        this.#deliver((this.#queue.shift() as { message: Message }).message);
      }
      this.#arm();
    });
  }
}

export interface Ends {
  toWorker(stream: Stream, message: ToWorker): void;
  toCoordinator(stream: Stream, message: FromWorker): void;
  /** The end has noticed that the connection is gone. */
  lostByWorker(stream: Stream): void;
  lostByCoordinator(stream: Stream): void;
}

/** One connection of a worker's process. */
export class Stream {
  /** The name that the worker asks for, and the process that asks. */
  readonly worker: string;
  readonly instance: number;
  cut = false;
  readonly #timeline: Timeline;
  readonly #ends: Ends;
  readonly #down: Lane<ToWorker>;
  readonly #up: Lane<FromWorker>;

  constructor(worker: string, instance: number, cable: Cable, timeline: Timeline, ends: Ends) {
    this.worker = worker;
    this.instance = instance;
    this.#timeline = timeline;
    this.#ends = ends;
    this.#down = new Lane(timeline, cable, (message) => ends.toWorker(this, message));
    this.#up = new Lane(timeline, cable, (message) => ends.toCoordinator(this, message));
  }

  toWorker(message: ToWorker): void {
    if (!this.cut) this.#down.send(message);
  }

  toCoordinator(message: FromWorker): void {
    if (!this.cut) this.#up.send(message);
  }

  /**
   * Breaks the connection.
   * @param leftoverMs when what was on its way to the coordinator turns up after all; undefined: never.
   */
  break(noticedMs: { readonly coordinator: number; readonly worker: number }, leftoverMs?: number): void {
    if (this.cut) return;
    this.cut = true;
    this.#down.clear();
    const leftovers = this.#up.clear();
    if (leftoverMs !== undefined) {
      this.#timeline.after(leftoverMs, () => {
        for (const message of leftovers) this.#ends.toCoordinator(this, message);
      });
    }
    this.#timeline.after(noticedMs.coordinator, () => this.#ends.lostByCoordinator(this));
    this.#timeline.after(noticedMs.worker, () => this.#ends.lostByWorker(this));
  }
}
