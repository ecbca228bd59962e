// A model that a run trained on a set of examples: it predicts of others what it learnt to, and tells how well.

import { type ExamplePlan, exampleValidation } from '@rondo/data';
import type { Engine, ShardShape, Tensors } from '@rondo/rnn-core';
import type { JobOf, JobSpec, TaskName } from '@rondo/spec';
import { RunFault } from '@rondo/storage';
import type { Prediction, Scores, TrainedExamples, UnjudgedExamples, WritingOptions } from '@rondo/tasks';
import { CompiledModel } from './compiled-model.ts';
import { createExampleStream, type ExampleStream } from './example-stream.ts';
import { filesOf, type ReadOptions, type Run } from './run.ts';
import type { StoredRun } from './stored-run.ts';

type ExampleTask = Exclude<TaskName, 'language-model'>;

/** How texts are written, of the tasks that write them: see `rondo predict`. */
export type WriteOptions = Partial<Pick<WritingOptions, 'beam' | 'lengthPenalty'>>;

export interface PredictOptions extends ReadOptions, WriteOptions {}

export interface JudgeOptions extends PredictOptions {
  /** What is to be predicted, where it lies in a file of its own. */
  readonly labels?: string | undefined;
}

export interface ExampleEvaluation {
  /** Mean over all that is predicted, as while training; absent where texts that are written are judged. */
  readonly loss?: number;
  /** By their names, the better the higher or the lower as each is. */
  readonly scores: Scores;
  readonly examples: number;
}

export interface ExampleRun extends Run {
  readonly task: ExampleTask;
  readonly job: JobOf<ExampleTask>;
  /**
   * Loss and scores on other examples.
   * @param files a name or a glob, or several, in the run's format.
   * @throws DataFault that names the file and its line.
   */
  evaluate(files: string | readonly string[], options?: JudgeOptions): Promise<ExampleEvaluation>;
  /**
   * Predictions of examples in memory, in their order: docs/library.md says what an example of each task is.
   * @throws DataFault that names the example.
   */
  predict(examples: readonly unknown[], options?: WriteOptions): Promise<Prediction[]>;
  /**
   * Predictions of the examples of files, in their order.
   * @throws DataFault that names the file and its line.
   */
  predictFiles(files: string | readonly string[], options?: PredictOptions): Promise<Prediction[]>;
  /**
   * Reads one example element by element. Any number of them may be read side by side.
   * @throws RunFault where the model cannot tell before the end.
   */
  stream(): ExampleStream;
}

/** A run of examples as it is stored. */
export type StoredExamples = StoredRun & { readonly job: JobOf<ExampleTask> };

export function exampleRun(
  { job, trained, weights, ...stored }: StoredExamples,
  open: () => Promise<Engine>,
): ExampleRun {
  const examples = examplesOf(job, trained.examples);
  const compiled = new CompiledModel(trained.model, weights, open);
  return {
    ...stored,
    ...{ job, trained, weights },
    task: job.task,
    engine: () => compiled.engine(),
    async evaluate(files, { labels, base = process.cwd(), onShare, ...writing } = {}) {
      expectNoWriting(job, writing);
      const { plan, scorer } = await examples.judged({ patterns: filesOf(files), labels }, { base });
      let [lossSum, weightSum] = [0, 0];
      const run = (shape: ShardShape, inputs: Tensors) => compiled.evaluate(shape, inputs);
      await forEachShard(plan, run, onShare, ({ step, shard, results: { loss, weight, ...results } }) => {
        lossSum += loss[0];
        weightSum += weight[0];
        scorer.add(step, shard, results);
      });
      return { loss: lossSum / weightSum, scores: scorer.scores(), examples: plan.bucketOf.length };
    },
    async predict(given, writing = {}) {
      expectNoWriting(job, writing);
      if (given.length === 0) return [];
      return predictAll(compiled, examples.given(given));
    },
    async predictFiles(files, { base = process.cwd(), onShare, ...writing } = {}) {
      expectNoWriting(job, writing);
      return predictAll(compiled, await examples.unjudged({ patterns: filesOf(files) }, { base }), onShare);
    },
    stream: () => createExampleStream(job.task, examples, trained.model.continuation, compiled),
    dispose: () => compiled.dispose(),
  };
}

function examplesOf({ task }: JobSpec, examples: TrainedExamples | undefined): TrainedExamples {
  if (examples === undefined) throw new Error(`the task ${task} restores no examples`);
  return examples;
}

function expectNoWriting({ task }: JobSpec, { beam, lengthPenalty }: WriteOptions): void {
  if (beam === undefined && lengthPenalty === undefined) return;
  throw new RunFault(
    'run-other-task',
    `the run's task is ${task}, which writes no texts: leave out beam and length penalty`,
  );
}

/** In the order of the examples, whatever shapes and batches they come in. */
async function predictAll(
  compiled: CompiledModel,
  { plan, prediction }: UnjudgedExamples,
  onShare?: (share: number) => void,
): Promise<Prediction[]> {
  const predictions: Prediction[] = new Array(plan.bucketOf.length);
  const run = (shape: ShardShape, inputs: Tensors) => compiled.predict(shape, inputs);
  await forEachShard(plan, run, onShare, ({ examples, lanes, results }) => {
    examples.forEach((example, lane) => {
      predictions[example] = prediction(results, lane, lanes, example);
    });
  });
  return predictions;
}

interface Computed {
  readonly step: number;
  readonly shard: number;
  /** In the first lanes. */
  readonly examples: Int32Array;
  readonly lanes: number;
  readonly results: Tensors;
}

/** Every example once. */
async function forEachShard(
  plan: ExamplePlan,
  run: (shape: ShardShape, inputs: Tensors) => Promise<Tensors>,
  onShare: (share: number) => void = () => {},
  take: (computed: Computed) => void,
): Promise<void> {
  const batches = exampleValidation(plan);
  const lanes = plan.batch / plan.shards;
  for (let step = 0; step < batches.steps; step++) {
    const shape = { batch: lanes, extents: plan.extents[batches.shape(step)] };
    for (let shard = 0; shard < plan.shards; shard++) {
      const results = await run(shape, batches.shard(step, shard));
      take({ step, shard, examples: batches.examples(step, shard), lanes, results });
    }
    onShare((step + 1) / batches.steps);
  }
}
