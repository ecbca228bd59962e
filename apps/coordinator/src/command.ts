// The command `rondo coordinator`: options, signals, and the two ways to serve: a queue of runs, or one local run.

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CommandFault, httpOption, listenAddress, tlsOption, usageStatus } from '@rondo/command';
import { createLogger } from '@rondo/logging';
import { isLoopback, keepCollectionsShort } from '@rondo/protocol';
import { Command, Option } from 'commander';
import { startCoordinator } from './coordinator.ts';
import { serveLocalRun } from './local-run.ts';

interface Options {
  readonly listen: string;
  readonly runs: string;
  readonly dataRoot: string;
  readonly local: boolean;
  readonly tls?: string;
  readonly insecure: boolean;
  readonly http?: string;
  readonly kubernetes: boolean;
  readonly namespace?: string;
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
    .addOption(tlsOption())
    .option(
      '--insecure',
      'listen without TLS where others can connect: everybody who reaches it may do everything',
      false,
    )
    .addOption(httpOption())
    .option('--kubernetes', 'run the TrainingJobs of a Kubernetes namespace too', false)
    .option('--namespace <name>', "of the TrainingJobs (default: this pod's, or that of the kubeconfig's context)")
    .addOption(new Option('--local', 'one run for the process that started this one').default(false).hideHelp())
    .action(async (options: Options) => {
      keepCollectionsShort();
      if (options.local) await serveLocalRun(options.listen);
      else await serve(options);
    });
}

async function serve({ listen, runs, dataRoot, tls, insecure, http, kubernetes, namespace }: Options): Promise<void> {
  expectGuarded(listen, tls, insecure);
  if (namespace !== undefined && !kubernetes) {
    throw new CommandFault('--namespace is for TrainingJobs of Kubernetes: say --kubernetes too', usageStatus);
  }
  await expectFolder(dataRoot);
  const log = createLogger({ name: 'coordinator' });
  const coordinator = await startCoordinator({
    listen,
    tls,
    http,
    jobs: { runs: resolve(runs), dataRoot: resolve(dataRoot) },
    kubernetes: kubernetes ? { namespace } : undefined,
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

function expectGuarded(listen: string, tls: string | undefined, insecure: boolean): void {
  if (tls !== undefined || insecure || isLoopback(listen)) return;
  throw new CommandFault(
    `--listen ${listen}: others could connect and do everything. Give --tls DIR (\`rondo certs init\` makes one), or say --insecure`,
    usageStatus,
  );
}

async function expectFolder(dataRoot: string): Promise<void> {
  const stats = await stat(dataRoot).catch(() => undefined);
  if (stats?.isDirectory()) return;
  const what = stats === undefined ? 'is not there' : 'is no folder';
  throw new CommandFault(`${dataRoot}: ${what}; name the folder of the specs' texts: --data-root`, usageStatus);
}
