// `rondo train`: a whole cluster on this machine for one spec, from the spec's check to a sample of the trained model.

import { rmdir } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFault, coloursFor, mostThreads, wholeNumber } from '@rondo/command';
import { inspectJob } from '@rondo/coordinator';
import { physicalCores } from '@rondo/machine';
import { engineNames } from '@rondo/rnn-core';
import { lossUnit } from '@rondo/tasks';
import { workersNeeded } from '@rondo/training';
import { Command, Option } from 'commander';
import { CallFault } from '../cluster/call-fault.ts';
import { withCoordinator } from '../cluster/coordinator-client.ts';
import { followRun, outcomeFault } from '../cluster/follow.ts';
import { readSpec, refuseSpec, type SpecFile } from '../spec-file.ts';
import { formatCounted } from '../terminal/format.ts';
import { ProgressReporter } from '../terminal/progress-reporter.ts';
import { catchSignals, type StopSignal, signalStatus } from '../terminal/signals.ts';
import { resumeLine, type TrainOptions } from '../train/command-line.ts';
import { LocalCluster } from '../train/local-cluster.ts';
import { existingRunFolder, newRunFolder } from '../train/run-place.ts';
import { reportResult } from '../train/train-result.ts';
import { folderName, jsonOption, setOption } from './options.ts';

const mostWorkers = 256;
const explanationMs = 2_000;

export function trainCommand(): Command {
  return new Command('train')
    .description('train a spec with a whole cluster on this machine')
    .argument('<spec>', 'a spec file, such as examples/char-lm.yaml')
    .option('--workers <n>', 'worker processes; the first step waits for all of them', wholeNumber(1, mostWorkers), 1)
    .option(
      '--threads <n>',
      'compute threads of each worker; default: the physical cores, divided among the workers',
      wholeNumber(1, mostThreads),
    )
    .addOption(
      new Option('--engine <name>', "what computes, instead of the spec's engine").choices(['auto', ...engineNames]),
    )
    .option('--out <dir>', "the run's folder; default: runs/<name>-<n>, the first free n", folderName)
    .addOption(setOption())
    .option('--resume', "go on with the folder's run; without --out with the newest runs/<name>-<n>")
    .addOption(jsonOption())
    .action(train);
}

/** A run that is about to begin. */
interface Plan {
  readonly file: string;
  /** Its folder, absolute: what the spec's paths are relative to. */
  readonly base: string;
  readonly spec: SpecFile;
  readonly folder: string;
  /** This command made the folder. */
  readonly made: boolean;
  readonly options: TrainOptions;
  readonly reporter: ProgressReporter;
}

async function train(file: string, options: TrainOptions): Promise<void> {
  const started = performance.now();
  const spec = await readSpec(file, options);
  expectEnoughWorkers(spec, options.workers);
  const out = options.json ? process.stderr : process.stdout;
  const reporter = new ProgressReporter(out);
  const { name } = spec.job.metadata;
  const existing = await existingRunFolder(name, { out: options.out, resume: options.resume === true });
  reporter.note(`${name}: reading the data`);
  const base = dirname(resolve(file));
  const faults = await inspectJob(spec.job, { base });
  if (faults.length > 0) throw refuseSpec(faults.map(({ path = '', message }) => spec.faultAt(path, message)));

  const folder = existing ?? (await newRunFolder(name));
  const finished = await trainOnCluster({ file, base, spec, folder, made: existing === undefined, options, reporter });
  if (!finished) return;
  const seconds = (performance.now() - started) / 1000;
  await reportResult({ folder: shown(folder), job: spec.job, base, seconds, json: options.json === true, out });
}

/** Nobody but this command starts workers for its run. @throws CommandFault when it would wait for good. */
function expectEnoughWorkers({ job, faultAt }: SpecFile, workers: number): void {
  const { training } = job.spec;
  const needed = workersNeeded(training);
  if (needed <= workers) return;
  const field = needed > training.minWorkers ? 'audit' : 'minWorkers';
  const why = field === 'audit' ? 'an audit has work computed twice and takes' : 'a start waits for';
  const message = `${why} ${needed} workers, and --workers is ${workers}; start as many, or lower it`;
  throw refuseSpec([faultAt(`spec.training.${field}`, message)]);
}

/** @returns whether the run finished; false after a signal. @throws CommandFault when it failed. */
async function trainOnCluster(plan: Plan): Promise<boolean> {
  const { reporter } = plan;
  const { yellow, red } = coloursFor(process.stderr);
  const cluster = new LocalCluster({
    warned: (name, { level, text }) =>
      reporter.note(level === 'warn' ? yellow(`${name}: ${text}`) : red(`${name}: ${text}`)),
    workerDied: (text) => reporter.note(red(text)),
  });
  const signals = catchSignals(() => cluster.kill());
  const watching = new AbortController();
  try {
    const work = runCluster(plan, cluster, watching.signal).catch((error: unknown) => explain(error, cluster));
    work.catch(() => {});
    const first = await Promise.race([work, cluster.broken, signals.first]);
    if (first instanceof CommandFault) throw goingOn(plan, first.message);
    if (first === 'finished') return true;
    await interrupt(plan, cluster, first, watching);
    return false;
  } finally {
    watching.abort();
    reporter.end();
    await cluster.stop();
    signals.release();
  }
}

/** A call breaks off a moment before it is known how the coordinator ended, which says more. */
function explain(error: unknown, cluster: LocalCluster): Promise<CommandFault> {
  if (!(error instanceof CallFault)) throw error;
  return Promise.race([cluster.broken, sleep(explanationMs, error, { ref: false })]);
}

/** Starts the cluster and follows the run to its end. */
async function runCluster(plan: Plan, cluster: LocalCluster, signal: AbortSignal): Promise<'finished'> {
  const { base, spec, folder, options, reporter } = plan;
  const { workers, threads = Math.max(1, Math.floor(physicalCores() / workers)) } = options;
  const each = `${formatCounted(threads, 'compute thread')}${workers > 1 ? ' each' : ''}`;
  reporter.note(`${shown(folder)}: starting a coordinator and ${formatCounted(workers, 'worker')}, ${each}`);
  const reply = await cluster.startCoordinator({
    type: 'run',
    job: spec.job,
    folder: resolve(folder),
    base,
    resume: options.resume === true,
    startWorkers: workers,
  });
  if (reply.type === 'refused') throw await refusal(plan, reply.message, reply.path);
  return withCoordinator({ coordinator: reply.address }, async (client) => {
    const { run: since } = await client.status(reply.run);
    if (since.step >= since.steps) {
      reporter.note(`${shown(folder)}: finished after step ${since.step} already; more training.steps go on with it`);
    } else {
      if (since.step > 0) reporter.note(`going on after step ${since.step}`);
      const { engine } = spec.job.spec;
      for (let n = 1; n <= workers; n++) {
        const flags = ['--threads', `${threads}`, ...(engine === 'auto' ? [] : ['--engine', engine])];
        cluster.startWorker(`worker-${n}`, reply.address, folder, flags);
      }
    }
    const unit = lossUnit(spec.job.spec);
    const status = await followRun({ client, since, unit, reporter, onTraining: () => cluster.begun(), signal });
    const fault = signal.aborted ? undefined : outcomeFault(status);
    if (fault !== undefined) throw goingOn(plan, fault.message);
    return 'finished' as const;
  });
}

/** The coordinator does not take the run. */
async function refusal({ spec, folder, made }: Plan, message: string, path: string | undefined): Promise<CommandFault> {
  // Nothing was begun in it, so that it is empty.
  if (made) await rmdir(folder).catch(() => {});
  return refuseSpec([path === undefined ? message : spec.faultAt(path, message)]);
}

/** Stops all processes after a checkpoint and says how to go on. */
async function interrupt(
  plan: Plan,
  cluster: LocalCluster,
  signal: StopSignal,
  watching: AbortController,
): Promise<void> {
  plan.reporter.end();
  plan.reporter.note(`${signal}: writing a checkpoint and stopping; once more ends at once`);
  watching.abort();
  await cluster.stop();
  plan.reporter.note(`stopped; go on with: ${resumeLine(plan.file, shown(plan.folder), plan.options)}`);
  process.exitCode = signalStatus(signal);
}

function goingOn({ file, folder, options }: Plan, message: string): CommandFault {
  return new CommandFault(`${message}\ngo on with: ${resumeLine(file, shown(folder), options)}`);
}

/** A path as short as it gets from here. */
function shown(folder: string): string {
  const short = relative('', folder);
  return short.startsWith('..') || short === '' ? resolve(folder) : short;
}
