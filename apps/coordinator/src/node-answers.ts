// What workers answer to their tasks: gradients in slots, losses and recurrent states, checked as they come.

import type { TensorHeader } from '@rondo/protocol';
import type { Program } from '@rondo/rnn-core';
import type { Attempt, Computed, Contribution, LossSum, ModelArrays } from '@rondo/training';
import type { WorkerResult } from './connection.ts';
import { GradientSlots } from './gradient-slots.ts';
import { Results, type TimedResult } from './results.ts';
import { misfit, type States } from './shard-states.ts';

export class NodeAnswers {
  /** What the tasks that are under way compute. */
  readonly #programs = new Map<number, Program>();
  readonly #results = new Results();
  readonly #slots: GradientSlots;

  /** @param slots that there can be. */
  constructor(arrays: ModelArrays, slots: number) {
    this.#slots = new GradientSlots(arrays, slots);
  }

  /**
   * A worker is about to get a task.
   * @param disconnect ends the connection with a worker whose slot is needed.
   * @throws Error when no memory is left.
   */
  expect(task: number, worker: string, program: Program, disconnect: (worker: string, reason: string) => void): void {
    this.#results.assigned(task);
    this.#programs.set(task, program);
    if (hasGradients(program)) this.#slots.open(task, worker, disconnect);
  }

  /** Where a gradient that a worker announces shall lie. */
  place(worker: string, task: number, tensor: TensorHeader): Uint8Array | undefined {
    return this.#slots.place(worker, task, tensor);
  }

  /** Gradients have come. @returns what is wrong with them; undefined: nothing. */
  gradients(worker: string, task: number, tensors: readonly TensorHeader[]): string | undefined {
    return this.#slots.receive(worker, task, tensors);
  }

  /**
   * Takes in the end of a task that somebody waits for.
   * @param audited whether its digest is wanted.
   * @returns what the brain wants to know, or what is wrong.
   */
  complete({ node }: Attempt, result: WorkerResult, audited: boolean): Computed | string {
    const program = this.#programs.get(result.task) as Program;
    const isGradient = hasGradients(program);
    const missing = isGradient ? this.#slots.complete(result.task) : undefined;
    if (missing !== undefined) return `the gradient of ${missing} has not come`;
    const fault = misfit(program, node, result);
    if (fault !== undefined) return fault;
    this.#programs.delete(result.task);
    this.#results.note(result);
    const { task, lossSum, weight, seconds, outputs } = result;
    const gradientsAreFinite = !isGradient || this.#slots.nonFinite(task) === undefined;
    return {
      finite: Number.isFinite(lossSum) && Number.isFinite(weight) && areFinite(outputs) && gradientsAreFinite,
      digest: isGradient && audited ? this.#slots.digest(task, result) : undefined,
      computeMs: 1000 * seconds,
    };
  }

  /** Hands a node's gradient over to who adds it up, and releases the slot afterwards. */
  handOver(task: number): { slot: number; sum: LossSum } {
    const { lossSum, weight } = this.#results.of(task);
    return { slot: this.#slots.handOver(task), sum: { lossSum, weight } };
  }

  release(slot: number): void {
    this.#slots.release(slot);
  }

  /** Removes the results of a round's nodes. */
  take(contributions: readonly Contribution[]): TimedResult[] {
    return this.#results.take(contributions);
  }

  /** Nobody waits for the task any more. */
  drop(task: number): void {
    this.#results.drop(task);
    this.#programs.delete(task);
    this.#slots.drop(task);
  }

  /** Nothing more comes from a worker. */
  left(worker: string): void {
    this.#slots.left(worker);
  }

  /** The round begins again: what was handed over is not waited for. */
  forget(): void {
    this.#results.clear();
    this.#programs.clear();
  }
}

const hasGradients = (program: Program) => program.outputs.some(({ role }) => role === 'gradient');

const areFinite = (states: States) =>
  [...states.values()].every((tensors) => Object.values(tensors).every((values) => values.every(Number.isFinite)));
