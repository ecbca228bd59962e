// `rondo jobs`: the runs and workers of a coordinator.

import { Command } from 'commander';
import { type ConnectionOptions, withCoordinator } from '../cluster/coordinator-client.ts';
import { printRuns, printWorkers, viewOf } from '../runs/run-view.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { jsonOption, withConnection } from './options.ts';

export function jobsCommand(): Command {
  return withConnection(new Command('jobs'))
    .description('list the runs and the workers of a coordinator')
    .addOption(jsonOption())
    .action(listJobs);
}

async function listJobs({ json, ...connection }: ConnectionOptions & { json?: true }): Promise<void> {
  const { runs, workers } = await withCoordinator(connection, (client) => client.list());
  if (json) return printJson({ runs: runs.map(viewOf), workers });
  if (runs.length === 0) printLine('no runs yet: rondo submit SPEC');
  else printRuns(runs.map(viewOf));
  printLine('');
  if (workers.length === 0) printLine(`no workers: rondo worker --coordinator ${connection.coordinator}`);
  else printWorkers(workers);
}
