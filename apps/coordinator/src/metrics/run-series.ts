// What is told of one run by its name. Every run is a new name: only those that trained last are told, and not for long.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metrics } from '@rondo/metrics';
import { checkpointPath } from '@rondo/storage';
import { nowMs } from '../now.ts';
import type { RunEntry } from '../run-entry.ts';
import type { FromRun } from '../run-thread/messages.ts';
import type { MetricsLine } from './run-counts.ts';

/** Several scrapes, so that the last values are not missed. */
const keptAfterEndMs = 5 * 60_000;
/** Runs that end at once may be many. */
const mostRuns = 20;

interface Checkpoint {
  readonly step: number;
  /** Of all its files. */
  readonly bytes: number;
  /** Unix time. */
  readonly writtenSeconds: number;
}

interface ObservedRun {
  readonly entry: RunEntry;
  /** Of its newest step, and of its newest validation. */
  step?: Extract<MetricsLine, { split?: undefined }>;
  validation?: MetricsLine;
  checkpoint?: Checkpoint | undefined;
  openedSeconds?: number;
  endedMs?: number | undefined;
}

const gauges: readonly (readonly [name: string, help: string, read: (run: ObservedRun) => number | undefined])[] = [
  ['rondo_run_step', 'The newest committed step.', ({ entry }) => entry.progress.step],
  ['rondo_run_steps', 'The last step that the run will take.', ({ entry }) => entry.progress.steps],
  ['rondo_run_loss', 'Loss of the newest step, in nats a token.', ({ step }) => step?.loss],
  [
    'rondo_run_validation_loss',
    'Loss of the newest validation, in nats a token.',
    ({ validation }) => validation?.loss,
  ],
  ['rondo_run_learning_rate', 'Learning rate of the newest step.', ({ step }) => step?.learningRate],
  [
    'rondo_run_gradient_norm',
    'Norm of the gradient of the newest step, before clipping.',
    ({ step }) => step?.gradientNorm,
  ],
  [
    'rondo_run_remaining_seconds',
    'Time that the steps left will take at the present speed.',
    ({ entry }) => entry.progress.secondsLeft,
  ],
  ['rondo_run_checkpoint_step', 'The step of the newest checkpoint.', ({ checkpoint }) => checkpoint?.step],
  [
    'rondo_run_checkpoint_bytes',
    'Size of the newest checkpoint, all files together.',
    ({ checkpoint }) => checkpoint?.bytes,
  ],
  [
    'rondo_run_checkpoint_timestamp_seconds',
    'Unix time at which the newest checkpoint was written; of a run without one, when it was opened.',
    ({ checkpoint, openedSeconds }) => checkpoint?.writtenSeconds ?? openedSeconds,
  ],
];

export class RunSeries {
  /** The newest last. */
  readonly #runs = new Map<string, ObservedRun>();

  constructor(metrics: Metrics) {
    for (const [name, help, read] of gauges) metrics.gaugeBy(name, help, 'run', () => this.#values(read));
  }

  started(entry: RunEntry): void {
    const { endedMs: _, ...known } = this.#runs.get(entry.name) ?? {};
    this.#runs.delete(entry.name);
    this.#runs.set(entry.name, { ...known, entry });
    for (const name of [...this.#runs.keys()].slice(0, -mostRuns)) this.#runs.delete(name);
  }

  /** The run's thread has said something. */
  heard({ name, folder }: RunEntry, message: FromRun): void {
    const run = this.#runs.get(name);
    if (run === undefined) return;
    if (message.type === 'opened') {
      run.openedSeconds = Date.now() / 1000;
      const { committed } = message.run.resumption;
      if (committed > 0) void this.#lookAt(run, folder, committed);
    } else if (message.type === 'checkpoint-written') {
      void this.#lookAt(run, folder, message.step);
    } else if (message.type === 'recorded') {
      const line = JSON.parse(message.metrics) as MetricsLine;
      if (line.split === 'validation') run.validation = line;
      else run.step = line;
    }
  }

  ended({ name }: RunEntry): void {
    const run = this.#runs.get(name);
    if (run !== undefined) run.endedMs = nowMs();
  }

  async #lookAt(run: ObservedRun, folder: string, step: number): Promise<void> {
    const checkpoint = await checkpointOnDisk(folder, step);
    if (checkpoint !== undefined) run.checkpoint = checkpoint;
  }

  *#values(read: (run: ObservedRun) => number | undefined): Generator<readonly [string, number]> {
    for (const [name, run] of this.#runs) {
      if (run.endedMs !== undefined && nowMs() - run.endedMs > keptAfterEndMs) this.#runs.delete(name);
      else {
        const value = read(run);
        if (value !== undefined) yield [name, value];
      }
    }
  }
}

/** @returns undefined when it is gone already. */
async function checkpointOnDisk(folder: string, step: number): Promise<Checkpoint | undefined> {
  const path = checkpointPath(folder, step);
  try {
    const files = await Promise.all((await readdir(path)).map((name) => stat(join(path, name))));
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    return { step, bytes, writtenSeconds: Math.max(...files.map(({ mtimeMs }) => mtimeMs)) / 1000 };
  } catch {
    return undefined;
  }
}
