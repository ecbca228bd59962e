// What a spec's task makes of its files: batches, a model, scores.

import type { JobSpec, TaskName } from '@rondo/spec';
import { classificationTask } from './classification.ts';
import { languageModelTask } from './language-model.ts';
import type { JobPlace, Task, TaskContent } from './task.ts';

export { languageModelOf } from './language-model.ts';
export { type LossUnit, lossUnit } from './loss-unit.ts';
export type { JobPlace, Preparation, Scorer, Scores, TaskContent } from './task.ts';

const tasks: { readonly [Name in TaskName]: Task<Name> } = {
  'language-model': languageModelTask,
  classification: classificationTask,
};

/** Reads a spec's files. @throws DataFault that names the file and its line, or the field of the spec. */
export function readTask(job: JobSpec, place: JobPlace): Promise<TaskContent> {
  return (tasks[job.task] as Task).read(job, place);
}

/** Whether a shard's recurrent state runs on from step to step. */
export function carriesState({ training }: JobSpec): boolean {
  return 'stateful' in training && training.stateful;
}
