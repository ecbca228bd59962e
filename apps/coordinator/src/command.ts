// The command `rondo coordinator`: options, signals, and the two ways to serve: a queue of runs, or one local run.

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CommandFault, listenAddress, usageStatus } from '@rondo/command';
import { createLogger } from '@rondo/logging';
import { keepCollectionsShort } from '@rondo/protocol';
import { Command, Option } from 'commander';
import { startCoordinator } from './coordinator.ts';
import { serveLocalRun } from './local-run.ts';

interface Options {
  readonly listen: string;
  readonly runs: string;
  readonly dataRoot: string;
  readonly local: boolean;
}

export function coordinatorCommand(): Command {
  return new Command('coordinator')
    .description('serve a cluster: take jobs, hand their shards to workers, keep their runs')
    .option(
      '--listen <host:port>',
      'where workers and people connect; port 0 takes a free one',
      listenAddress,
      '127.0.0.1:7070',
    )
    .option('--runs <dir>', 'folder of the runs', 'runs')
    .option('--data-root <dir>', 'folder that the paths of submitted specs are relative to, and stay in', '.')
    .addOption(new Option('--local', 'one run for the process that started this one').default(false).hideHelp())
    .action(async (options: Options) => {
      keepCollectionsShort();
      if (options.local) await serveLocalRun(options.listen);
      else await serve(options);
    });
}

async function serve({ listen, runs, dataRoot }: Options): Promise<void> {
  await expectFolder(dataRoot);
  const log = createLogger({ name: 'coordinator' });
  const coordinator = await startCoordinator({
    listen,
    jobs: { runs: resolve(runs), dataRoot: resolve(dataRoot) },
    log,
  });
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping: writing a checkpoint');
    void coordinator.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

async function expectFolder(dataRoot: string): Promise<void> {
  const stats = await stat(dataRoot).catch(() => undefined);
  if (stats?.isDirectory()) return;
  const what = stats === undefined ? 'is not there' : 'is no folder';
  throw new CommandFault(`${dataRoot}: ${what}; name the folder of the specs' texts: --data-root`, usageStatus);
}
