// Results of nodes, from the time a task is assigned until its round is through.

import type { Contribution } from '@rondo/training';
import type { WorkerResult } from './connection.ts';
import { nowMs } from './now.ts';

/** A result and its times, in milliseconds of `nowMs`. */
export interface TimedResult extends WorkerResult {
  readonly assignedAt: number;
  readonly at: number;
}

export class Results {
  readonly #assignedAt = new Map<number, number>();
  readonly #results = new Map<number, TimedResult>();

  assigned(task: number): void {
    this.#assignedAt.set(task, nowMs());
  }

  /** Notes a result that has come just now. */
  note(result: WorkerResult): void {
    const { task } = result;
    const at = nowMs();
    this.#results.set(task, { ...result, assignedAt: this.#assignedAt.get(task) ?? at, at });
    this.#assignedAt.delete(task);
  }

  /** @throws Error when there is none. */
  of(task: number): TimedResult {
    const result = this.#results.get(task);
    if (result === undefined) throw new Error(`the result of task ${task} is gone`);
    return result;
  }

  /** Removes the results of a round's nodes. */
  take(contributions: readonly Contribution[]): TimedResult[] {
    return contributions.map(({ task }) => {
      const result = this.of(task);
      this.drop(task);
      return result;
    });
  }

  /** Nobody waits for anything any more. */
  clear(): void {
    this.#assignedAt.clear();
    this.#results.clear();
  }

  /** Nobody waits for the task any more. */
  drop(task: number): void {
    this.#assignedAt.delete(task);
    this.#results.delete(task);
  }
}

/** What the worker whose node came last did in a round. */
export interface LastWorker {
  /** When its last node came. */
  readonly at: number;
  /** Seconds of computing, and from every assignment to its result. */
  readonly compute: number;
  readonly busy: number;
}

/** @param results of a round's nodes, as `contributions` names them. */
export function lastWorker(results: readonly TimedResult[], contributions: readonly Contribution[]): LastWorker {
  const at = Math.max(...results.map((result) => result.at));
  const { worker } = contributions[results.findIndex((result) => result.at === at)];
  const own = results.filter((_, i) => contributions[i].worker === worker);
  const total = (of: (result: TimedResult) => number) => own.reduce((sum, result) => sum + of(result), 0);
  return {
    at,
    compute: total(({ seconds }) => seconds),
    busy: total((result) => result.at - result.assignedAt) / 1000,
  };
}
