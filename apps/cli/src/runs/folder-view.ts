// A run as its folder tells of it.

import { resolve } from 'node:path';
import { parseJob } from '@rondo/spec';
import { readLog, readRunDocument, readRunFile, runPaths } from '@rondo/storage';
import { Progress } from '@rondo/training';
import type { RunView } from './run-view.ts';

/** @throws RunFault when the folder holds no run. */
export async function viewOfFolder(folder: string): Promise<RunView> {
  const { name, phase, reason, engine, fingerprint, steps: opened } = await readRunDocument(folder);
  const paths = runPaths(folder);
  const parsed = parseJob(await readRunFile(paths.spec), { file: paths.spec });
  const steps = ('job' in parsed ? parsed.job.spec.training.steps : undefined) ?? opened;
  const progress = new Progress(0, steps ?? 0);
  for (const line of readLog(paths.metrics)) progress.note(line);
  const { step, loss, validationLoss, scores, tokensPerSecond } = progress;
  const shown = { step, steps, loss, validationLoss, scores, tokensPerSecond };
  return { name, phase, reason, ...shown, engine, fingerprint, folder: resolve(folder) };
}
