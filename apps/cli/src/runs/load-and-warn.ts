// Loads the model of a command's RUN and tells people of checkpoints that had to be passed over.

import { printFault } from '@rondo/command';
import { type LanguageRun, type LoadOptions, loadRun, type TrainedRun } from '@rondo/inference';
import { RunFault } from '@rondo/storage';

/** @throws what loadRun throws. */
export async function loadAndWarn(folder: string, options: LoadOptions): Promise<TrainedRun> {
  const run = await loadRun(folder, options);
  for (const { reason } of run.refused) printFault(reason);
  return run;
}

/** @throws what loadRun throws; RunFault for a run of another task. */
export async function loadLanguageRun(folder: string, options: LoadOptions): Promise<LanguageRun> {
  const run = await loadAndWarn(folder, options);
  if (run.task === 'language-model') return run;
  throw new RunFault(
    'run-other-task',
    `${folder}: the run's task is ${run.task}, and only a language model goes on from a prompt; take rondo predict`,
  );
}
