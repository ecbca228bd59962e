// What every task says of itself: how files become batches and a model, what is learnt beside the weights, how well it does.

import type { BatchPlan, ExamplePlan } from '@rondo/data';
import type { Model, Tensors } from '@rondo/rnn-core';
import type { JobOf, TaskName } from '@rondo/spec';

/** Where the spec's paths lead. */
export interface JobPlace {
  /** What they are relative to. */
  readonly base: string;
  /** Nothing outside this folder is read; absent: anything the user may read. */
  readonly root?: string | undefined;
}

/** What is learnt from the training data beside the weights, as JSON: vocabularies, classes, scales. */
export type Preparation = Readonly<Record<string, unknown>>;

export interface Task<Name extends TaskName = TaskName> {
  /**
   * Reads a spec's files.
   * @throws DataFault that names the file and its line, or the field of the spec.
   */
  read(job: JobOf<Name>, place: JobPlace): Promise<TaskContent>;
}

/** A spec's files, as training needs them. */
export interface TaskContent {
  readonly model: Model;
  readonly preparation: Preparation;
  readonly training: BatchPlan;
  /** Null: nothing validates. */
  readonly validation: BatchPlan | null;
  /** How many symbols, classes or examples there are, for people: `65 characters`. */
  readonly facts: readonly string[];
  /** For scores beside the loss; absent: the task has none while it trains. */
  readonly scorer?: ((plan: ExamplePlan) => Scorer) | undefined;
}

/** Adds up what a model says of the examples of a plan. */
export interface Scorer {
  /** Takes in a shard of a batch. @param results of the evaluation program. */
  add(batch: number, shard: number, results: Tensors): void;
  /** By the names that `training.metric` knows, beside the loss. */
  scores(): Scores;
}

export type Scores = Readonly<Record<string, number>>;
