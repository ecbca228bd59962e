// `rondo status`: what a run does, as its coordinator or its folder tells it.

import { resolve } from 'node:path';
import { Progress } from '@rondo/coordinator';
import { parseJob } from '@rondo/spec';
import { bestStep, listCheckpoints, readLog, readRunDocument, readRunFile, runPaths } from '@rondo/storage';
import { Command } from 'commander';
import { coordinatorOption, withCoordinator } from '../coordinator-client.ts';
import { CliFault } from '../faults.ts';
import { jsonOption, printJson, printLine, printPairs } from '../output.ts';
import { placeOfRun } from '../run-argument.ts';
import { printRun, printWorkers, type RunView, viewOf } from '../run-view.ts';

export function statusCommand(): Command {
  return new Command('status')
    .description('how far a run is, how well it does and who computes')
    .argument('<run>', "a run's folder, or its name where a coordinator is named")
    .addOption(coordinatorOption())
    .addOption(jsonOption())
    .action(async (run: string, { json }: { json?: true }, command: Command) => {
      const place = placeOfRun(run, command);
      if (place.kind === 'folder') await showFolder(place.folder, json === true);
      else await showRemote(place.run, place.coordinator, json === true);
    });
}

async function showRemote(run: string, coordinator: string, json: boolean): Promise<void> {
  const { run: status, workers } = await withCoordinator(coordinator, (client) => client.status(run));
  if (status === null) throw new CliFault(`the coordinator says nothing about ${run}`);
  if (json) return printJson({ ...viewOf(status), cluster: workers });
  printRun(viewOf(status));
  if (workers.length === 0) return;
  printLine('');
  printWorkers(workers);
}

async function showFolder(folder: string, json: boolean): Promise<void> {
  const view = await viewOfFolder(folder);
  const checkpoints = await listCheckpoints(folder);
  const best = await bestStep(folder);
  if (json) return printJson({ ...view, checkpoints, best });
  printRun(view);
  printPairs([
    ['checkpoints', checkpoints.length === 0 ? 'none' : checkpoints.join(', ')],
    ['best', best === undefined ? undefined : String(best)],
  ]);
}

/** @throws RunFault when the folder holds no run. */
async function viewOfFolder(folder: string): Promise<RunView> {
  const { name, phase, reason, engine, fingerprint } = await readRunDocument(folder);
  const paths = runPaths(folder);
  const parsed = parseJob(await readRunFile(paths.spec), { file: paths.spec });
  const steps = 'job' in parsed ? parsed.job.spec.training.steps : undefined;
  const progress = new Progress(0, steps ?? 0);
  for (const line of readLog(paths.metrics)) progress.note(line);
  const { step, loss, validationLoss, tokensPerSecond } = progress;
  const losses = { loss, validationLoss };
  return { name, phase, reason, step, steps, ...losses, tokensPerSecond, engine, fingerprint, folder: resolve(folder) };
}
