// `rondo jobs`: the runs and workers of a coordinator.

import { Command } from 'commander';
import { coordinatorOption, withCoordinator } from '../coordinator-client.ts';
import { jsonOption, printJson, printLine } from '../output.ts';
import { printRuns, printWorkers, viewOf } from '../run-view.ts';

export function jobsCommand(): Command {
  return new Command('jobs')
    .description('list the runs and the workers of a coordinator')
    .addOption(coordinatorOption().makeOptionMandatory())
    .addOption(jsonOption())
    .action(listJobs);
}

async function listJobs({ coordinator, json }: { coordinator: string; json?: true }): Promise<void> {
  const { runs, workers } = await withCoordinator(coordinator, (client) => client.list());
  if (json) return printJson({ runs: runs.map(viewOf), workers });
  if (runs.length === 0) printLine('no runs yet: rondo submit SPEC');
  else printRuns(runs.map(viewOf));
  printLine('');
  if (workers.length === 0) printLine(`no workers: rondo worker --coordinator ${coordinator}`);
  else printWorkers(workers);
}
