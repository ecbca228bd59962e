// `rondo jobs`: the runs and workers of a coordinator.

import { Command } from 'commander';
import { withCoordinator } from '../cluster/coordinator-client.ts';
import { printRuns, printWorkers, viewOf } from '../runs/run-view.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { coordinatorOption, jsonOption } from './options.ts';

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
