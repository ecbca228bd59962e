// Loads the model of a command's RUN and tells people of checkpoints that had to be passed over.

import { printFault } from '@rondo/command';
import { type CheckpointChoice, loadLanguageModel, type TrainedModel } from './language-run.ts';

/** @throws what loadLanguageModel throws. */
export async function loadAndWarn(run: string, checkpoint: CheckpointChoice): Promise<TrainedModel> {
  const trained = await loadLanguageModel(run, { checkpoint });
  for (const { reason } of trained.refused) printFault(reason);
  return trained;
}
