// Follows a run of a coordinator until it ends, and shows what happens to it.

import { CommandFault } from '@rondo/command';
import type { RunStatus, WatchResponse } from '@rondo/protocol';
import { isOver } from '@rondo/storage';
import type { LossUnit, Scores } from '@rondo/tasks';
import { Progress } from '@rondo/training';
import { phaseOf, phaseText, viewOf } from '../runs/run-view.ts';
import { lossText, validationText } from '../terminal/progress-line.ts';
import type { ProgressReporter } from '../terminal/progress-reporter.ts';
import { ConnectionLost, FellBehind } from './call-fault.ts';
import type { CoordinatorClient } from './coordinator-client.ts';

/** A line of metrics.jsonl, as far as it is shown. */
interface MetricsLine {
  readonly split?: 'validation';
  readonly step: number;
  readonly loss: number;
  readonly scores?: Readonly<Record<string, number>>;
  readonly workers: number;
}

export interface FollowOptions {
  readonly client: CoordinatorClient;
  /** Steps after this status are shown. */
  readonly since: RunStatus;
  /** What the run's loss is measured in. */
  readonly unit: LossUnit;
  readonly reporter: ProgressReporter;
  /** Told when workers compute. */
  readonly onTraining?: (() => void) | undefined;
  /** Stops the following, not the run. */
  readonly signal?: AbortSignal | undefined;
}

/** @returns the run's last status; it has ended or was paused, unless the signal came first. @throws CallFault */
export async function followRun({
  client,
  since,
  unit,
  reporter,
  onTraining,
  signal,
}: FollowOptions): Promise<RunStatus> {
  let progress = new Progress(since.step, since.steps);
  let status = since;
  let announced = '';
  for await (const event of watchOn(client, since.name, () => progress.step + 1, signal)) {
    if (event.metrics !== undefined) {
      progress.note(event.metrics);
      const { split, step, workers, ...validation } = JSON.parse(event.metrics) as MetricsLine;
      if (split === 'validation') reporter.note(validationText(step, validation, unit));
      else reporter.update(progressView(progress, workers));
    }
    if (event.status == null) continue;
    status = event.status;
    // Where the spec counts epochs, the steps are known only once the text was read.
    if (status.steps !== progress.steps) progress = new Progress(progress.step, status.steps);
    if (phaseOf(status) === 'training') onTraining?.();
    const news = await describe(status, client);
    if (news !== '' && news !== announced) reporter.note(news);
    announced = news;
    if (isOver(phaseOf(status))) break;
  }
  const over = isOver(phaseOf(status)) || phaseOf(status) === 'paused' || signal?.aborted;
  if (!over) throw new ConnectionLost('the coordinator ended before the run did');
  return status;
}

/** Watches again from the next step whenever this side fell behind, say because its terminal stood still. */
async function* watchOn(
  client: CoordinatorClient,
  run: string,
  nextStep: () => number,
  signal: AbortSignal | undefined,
): AsyncGenerator<WatchResponse> {
  for (;;) {
    try {
      return yield* client.watch(run, nextStep(), signal);
    } catch (error) {
      if (!(error instanceof FellBehind)) throw error;
    }
  }
}

/** How a run that ended fared: the fault of one that did not finish. */
export function outcomeFault(status: RunStatus): CommandFault | undefined {
  return phaseOf(status) === 'finished' ? undefined : new CommandFault(`${status.name}: ${phaseText(viewOf(status))}`);
}

/** The line that says how well a run predicts, if it was validated. */
export function validationSummary(
  { validationLoss, scores }: { validationLoss?: number | undefined; scores?: Scores | undefined },
  unit: LossUnit,
): string | undefined {
  return validationLoss === undefined ? undefined : lossText({ loss: validationLoss, scores }, unit);
}

function progressView({ step, steps, loss, tokensPerSecond, secondsLeft }: Progress, workers: number) {
  return { step, steps, loss, tokensPerSecond, secondsLeft, workers };
}

/** What a change of a run's status means, or nothing. */
async function describe(status: RunStatus, client: CoordinatorClient): Promise<string> {
  const phase = phaseOf(status);
  if (phase === 'queued') return describeQueue(status.name, client);
  if (phase !== 'training') return isOver(phase) ? '' : status.reason;
  if (status.engine === '') return '';
  const { workers } = await client.status(status.name);
  const devices = new Set(
    workers.filter(({ state }) => state !== 'idle' && state !== 'gone').map(({ device }) => device),
  );
  return `training with ${status.engine}${devices.size === 0 ? '' : ` on ${[...devices].sort().join(', ')}`}`;
}

/** What a queued run waits for, or nothing when its turn has come. */
async function describeQueue(name: string, client: CoordinatorClient): Promise<string> {
  const { runs } = await client.list();
  const current = runs.map(viewOf).find(({ phase }) => phase === 'training' || phase === 'waiting');
  // Its turn may have come since that status.
  return current === undefined || current.name === name
    ? ''
    : `queued: ${current.name} comes first (${phaseText(current)})`;
}
