// `rondo status`: what a run does, as its coordinator or its folder tells it.

import { bestStep, holderOf, listCheckpoints } from '@rondo/storage';
import { Command } from 'commander';
import { type ConnectionOptions, withCoordinator } from '../cluster/coordinator-client.ts';
import { viewOfFolder } from '../runs/folder-view.ts';
import { placeOfRun } from '../runs/run-argument.ts';
import { printRun, printWorkers, viewOf } from '../runs/run-view.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { coordinatorOption, jsonOption, withConnection } from './options.ts';

export function statusCommand(): Command {
  return withConnection(new Command('status'), coordinatorOption())
    .description('how far a run is, how well it does and who computes')
    .argument('<run>', "a run's folder, or its name where a coordinator is named")
    .addOption(jsonOption())
    .action(async (run: string, { json }: { json?: true }, command: Command) => {
      const place = placeOfRun(run, command);
      if (place.kind === 'folder') await showFolder(place.folder, json === true);
      else await showRemote(place.run, place.connection, json === true);
    });
}

async function showRemote(run: string, connection: ConnectionOptions, json: boolean): Promise<void> {
  const { run: status, workers } = await withCoordinator(connection, (client) => client.status(run));
  if (json) return printJson({ ...viewOf(status), cluster: workers });
  printRun(viewOf(status));
  if (workers.length === 0) return;
  printLine('');
  printWorkers(workers);
}

async function showFolder(folder: string, json: boolean): Promise<void> {
  const view = { ...(await viewOfFolder(folder)), running: (await holderOf(folder)) !== undefined };
  const checkpoints = await listCheckpoints(folder);
  const best = await bestStep(folder);
  if (json) return printJson({ ...view, checkpoints, best });
  printRun(view, [
    ['checkpoints', checkpoints.length === 0 ? 'none' : checkpoints.join(', ')],
    ['best', best === undefined ? undefined : String(best)],
  ]);
}
