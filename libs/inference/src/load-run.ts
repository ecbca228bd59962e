// A trained model from the folder of its run.

import { openEngine } from '@rondo/engines';
import type { EngineName } from '@rondo/rnn-core';
import type { JobOf, TaskName } from '@rondo/spec';
import { type ExampleRun, exampleRun, type StoredExamples } from './example-run.ts';
import { type LanguageRun, languageRun } from './language-run.ts';
import { type CheckpointChoice, readStoredRun, type StoredRun } from './stored-run.ts';
import { writerRun } from './writer-run.ts';

/** `task` tells which. */
export type TrainedRun = LanguageRun | ExampleRun;

export interface LoadOptions {
  readonly checkpoint?: CheckpointChoice;
  /** `auto`, the default: the best that works here. */
  readonly engine?: EngineName | 'auto';
}

/**
 * @param folder of the run; it may still be training.
 * @throws RunFault when it is no run, has no such checkpoint, or a file of it is damaged; DataFault vocabulary-invalid.
 */
export async function loadRun(
  folder: string,
  { checkpoint = 'newest', engine = 'auto' }: LoadOptions = {},
): Promise<TrainedRun> {
  const stored = await readStoredRun(folder, checkpoint);
  const open = () => openEngine(engine);
  if (isOf(stored, 'language-model')) return languageRun(stored, open);
  const examples = stored as StoredExamples;
  const { writer } = stored.trained;
  return writer === undefined ? exampleRun(examples, open) : writerRun(examples, writer, open);
}

function isOf<Name extends TaskName>(
  stored: StoredRun,
  task: Name,
): stored is StoredRun & { readonly job: JobOf<Name> } {
  return stored.job.task === task;
}
