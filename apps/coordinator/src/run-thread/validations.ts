// A run's validations: their results scored as batches come in, their ranks, and whether they end the run.

import type { Tensors } from '@rondo/rnn-core';
import type { TrainingSpec } from '@rondo/spec';
import type { Scorer, Scores, TaskContent } from '@rondo/tasks';
import { isExhausted, rankOf } from '@rondo/training';

/** What a line of metrics.jsonl says of a validation. */
interface ValidationLine {
  readonly split?: unknown;
  readonly loss: number;
  readonly scores?: Scores | undefined;
}

export class Validations {
  readonly #training: TrainingSpec;
  readonly #scorer: (() => Scorer) | undefined;
  /** Of the validation under way. */
  #under: Scorer | undefined;
  /** Of all validations up to the present step, in order. */
  #ranks: number[] = [];

  constructor(training: TrainingSpec, { scorer, validation }: TaskContent) {
    this.#training = training;
    this.#scorer = scorer && validation?.kind === 'examples' ? () => scorer(validation) : undefined;
  }

  /** Goes on from what metrics.jsonl holds. */
  restore(lines: readonly string[]): void {
    const validations = lines
      .map((line): ValidationLine => JSON.parse(line))
      .filter(({ split }) => split !== undefined);
    this.#ranks = validations.map(({ loss, scores }) => this.rank(loss, scores));
  }

  /** Takes in the results of a batch, by shard. */
  score(batch: number, results: ReadonlyMap<number, Tensors>): void {
    if (batch === 0) this.#under = this.#scorer?.();
    for (const [shard, tensors] of results) this.#under?.add(batch, shard, tensors);
  }

  /** Ends the validation under way. @returns its scores; undefined where the task has none. */
  finish(loss: number): Scores | undefined {
    const scores = this.#under?.scores();
    this.#under = undefined;
    this.#ranks.push(this.rank(loss, scores));
    return scores;
  }

  /** By the metric that the best checkpoint goes by: the lower the better. */
  rank(loss: number, scores: Scores | undefined): number {
    const { metric } = this.#training;
    return rankOf(metric, metric === 'loss' ? loss : (scores?.[metric] ?? Number.NaN));
  }

  /** Whether the run has got no better for long enough. */
  get exhausted(): boolean {
    const { patience } = this.#training;
    return patience !== undefined && isExhausted(this.#ranks, patience);
  }
}
