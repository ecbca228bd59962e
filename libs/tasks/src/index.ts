// What a spec's task makes of its files: batches, a model, scores.

import type { JobSpec, TaskName } from '@rondo/spec';
import { classificationTask } from './classification.ts';
import { forecastingTask } from './forecasting.ts';
import { languageModelTask } from './language-model.ts';
import { regressionTask } from './regression.ts';
import { taggingTask } from './tagging.ts';
import type { JobPlace, Preparation, Task, TaskContent, TrainedTask } from './task.ts';
import { translationTask } from './translation.ts';

export { languageModelOf } from './language-model.ts';
export { type LossUnit, lossUnit, unitName } from './loss-unit.ts';
export type {
  ExampleFiles,
  JobPlace,
  JudgedExamples,
  Prediction,
  Preparation,
  Scorer,
  Scores,
  TaskContent,
  TrainedExamples,
  TrainedTask,
  TrainedWriter,
  UnjudgedExamples,
  WritingOptions,
} from './task.ts';

const tasks: { readonly [Name in TaskName]: Task<Name> } = {
  'language-model': languageModelTask,
  classification: classificationTask,
  tagging: taggingTask,
  translation: translationTask,
  forecasting: forecastingTask,
  regression: regressionTask,
};

/** Reads a spec's files. @throws DataFault that names the file and its line, or the field of the spec. */
export function readTask(job: JobSpec, place: JobPlace): Promise<TaskContent> {
  return (tasks[job.task] as Task).read(job, place);
}

/** What a run has learnt, from its folder. @throws DataFault vocabulary-invalid. */
export function restoreTask(job: JobSpec, preparation: Preparation): TrainedTask {
  return (tasks[job.task] as Task).restore(job, preparation);
}

/** Whether a shard's recurrent state runs on from step to step. */
export function carriesState({ training }: JobSpec): boolean {
  return 'stateful' in training && training.stateful;
}
