// What every task says of itself: how files become batches and a model, what is learnt beside the weights, how well it does.

import type { BatchPlan, ExamplePlan } from '@rondo/data';
import type { Engine, Model, Tensors } from '@rondo/rnn-core';
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
  /**
   * What a run has learnt, from its folder.
   * @throws DataFault vocabulary-invalid.
   */
  restore(job: JobOf<Name>, preparation: Preparation): TrainedTask;
}

/** A model that a run trained, and how files of other examples are read for it. */
export interface TrainedTask {
  readonly model: Model;
  /** Of the tasks that learn from a set of examples. */
  readonly examples?: TrainedExamples | undefined;
  /** Of the tasks that write texts. */
  readonly writer?: TrainedWriter | undefined;
}

/** Texts for texts. */
export interface TrainedWriter {
  /** Reads what is read alone. @throws DataFault */
  sources(files: ExampleFiles, place: JobPlace): Promise<readonly string[]>;
  /** Reads it with what should be written for it. @throws DataFault */
  pairs(
    files: ExampleFiles,
    place: JobPlace,
  ): Promise<{ readonly sources: readonly string[]; readonly references: readonly string[] }>;
  /** What the model writes for every source. @param weights of the model, by name. */
  write(engine: Engine, weights: Tensors, sources: readonly string[], options: WritingOptions): Promise<string[]>;
  /** How near the texts come to the references. */
  scores(texts: readonly string[], references: readonly string[]): Scores;
}

export interface WritingOptions {
  /** Texts that are kept in sight at a time; 1: always the likeliest next symbol. */
  readonly beam: number;
  /** How much longer texts are favoured, from 0: α of Wu et al. 2016. */
  readonly lengthPenalty: number;
  /** Told the share of the sources that is done. */
  readonly onShare?: ((share: number) => void) | undefined;
}

export interface TrainedExamples {
  /** Reads examples with what is to be predicted of them. @throws DataFault */
  judged(files: ExampleFiles, place: JobPlace): Promise<JudgedExamples>;
  /** Reads examples of which nothing but the inputs is known. @throws DataFault */
  unjudged(files: ExampleFiles, place: JobPlace): Promise<UnjudgedExamples>;
  /**
   * Examples in memory, one at the least.
   * @param inputs what the run's files hold of each. @throws DataFault that names the example by its place, from 0.
   */
  given(inputs: readonly unknown[]): UnjudgedExamples;
}

/** Files that the command line names. */
export interface ExampleFiles {
  readonly patterns: readonly string[];
  /** What is to be predicted, where it lies in a file of its own. */
  readonly labels?: string | undefined;
}

export interface JudgedExamples {
  readonly plan: ExamplePlan;
  readonly scorer: Scorer;
}

export interface UnjudgedExamples {
  readonly plan: ExamplePlan;
  /**
   * What is predicted of the example in a lane.
   * @param results of the prediction program. @param lanes of the shard. @param example its number in the plan.
   */
  prediction(results: Tensors, lane: number, lanes: number, example: number): Prediction;
}

/** As JSON. */
export type Prediction = Readonly<Record<string, unknown>>;

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
