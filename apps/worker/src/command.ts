// The command `rondo worker`: options and signals of one worker process.

import { connectAddress, httpOption, mostThreads, tlsOption, wholeNumber } from '@rondo/command';
import { physicalCores } from '@rondo/machine';
import { keepCollectionsShort, workerNameFault } from '@rondo/protocol';
import { type EngineName, engineNames } from '@rondo/rnn-core';
import { releaseBlas } from '@rondo/simd';
import { Command, InvalidArgumentError, Option } from 'commander';
import { notesOnForced } from './forced-kernels.ts';
import { NoEngineFault, startWorker } from './worker.ts';
import { WorkerLog } from './worker-log.ts';

interface Options {
  readonly coordinator: string;
  readonly engine?: EngineName;
  readonly threads?: number;
  readonly name?: string;
  readonly tls?: string;
  readonly http?: string;
}

export function workerCommand(): Command {
  return new Command('worker')
    .description('compute for a coordinator')
    .requiredOption('--coordinator <host:port>', 'the coordinator to work for', connectAddress)
    .addOption(
      new Option('--engine <name>', 'offer this engine alone; default: all that work here').choices(engineNames),
    )
    .option('--threads <n>', 'compute threads; default: the physical cores it may use', wholeNumber(1, mostThreads))
    .option('--name <name>', 'how people call this worker; default: host and process id', workerName)
    .addOption(tlsOption())
    .addOption(httpOption())
    .action(work);
}

function workerName(name: string): string {
  const fault = workerNameFault(name);
  if (fault !== undefined) throw new InvalidArgumentError(`${fault}.`);
  return name;
}

async function work({ coordinator, tls, engine, threads = physicalCores(), name, http }: Options): Promise<void> {
  keepCollectionsShort();
  const log = new WorkerLog(name);
  const dropped = releaseBlas(process.env);
  // Measured beside everything else: it takes a second.
  void notesOnForced(dropped).then((notes) => {
    for (const reason of notes) log.logger.warn({ variables: dropped, reason }, 'kernels would be forced');
  });
  const engines = engine === undefined ? engineNames : [engine];
  const worker = await startWorker({ coordinator, tls, engines, threads, http, log }).catch((error: unknown) => {
    if (!(error instanceof NoEngineFault)) throw error;
    log.logger.fatal({ reason: error.message }, 'no engine works here');
    process.exit(1);
  });
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    void worker.stop(signal).then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  if (process.send === undefined) {
    process.on('SIGINT', stop);
    return;
  }
  // Started by `rondo train`, which decides what a terminal's Ctrl-C means; without it there is nothing to work for.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit(0));
}
