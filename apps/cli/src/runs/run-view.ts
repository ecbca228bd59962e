// A run as status, jobs and --json show it, whether a coordinator tells of it or its folder.

import type { RunStatus, WorkerStatus } from '@rondo/protocol';
import type { RunPhase } from '@rondo/storage';
import { formatCount, formatDuration, formatLoss } from '../terminal/format.ts';
import { printPairs, printTable } from '../terminal/output.ts';
import { scoreText } from '../terminal/scores-text.ts';

export interface RunView {
  readonly name: string;
  readonly phase: RunPhase;
  /** Why the run is in this phase. */
  readonly reason: string;
  readonly step: number;
  /** Of the whole run; undefined where only the text can tell and it was not read yet. */
  readonly steps?: number | undefined;
  /** Nats a target. */
  readonly loss?: number | undefined;
  readonly validationLoss?: number | undefined;
  /** Of that validation, beside the loss. */
  readonly scores?: Readonly<Record<string, number>> | undefined;
  readonly tokensPerSecond?: number | undefined;
  readonly secondsLeft?: number | undefined;
  readonly engine?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly folder: string;
  readonly workers?: number | undefined;
  /** What holds it up now. */
  readonly hindrances?: readonly { readonly cause: string; readonly reason: string }[] | undefined;
  /** Whether a process holds the run's folder; undefined where a coordinator tells of the run. */
  readonly running?: boolean | undefined;
}

export function viewOf(status: RunStatus): RunView {
  const { name, reason, step, steps, loss, validationLoss, scores, tokensPerSecond, secondsLeft } = status;
  const { engine, fingerprint, folder, workers, hindrances } = status;
  const progress = { step, steps, loss, validationLoss, scores, tokensPerSecond, secondsLeft };
  return { name, phase: phaseOf(status), reason, ...progress, engine, fingerprint, folder, workers, hindrances };
}

export function phaseOf({ phase }: RunStatus): RunView['phase'] {
  return phase.slice('PHASE_'.length).toLowerCase() as RunView['phase'];
}

/** `training: engine webasm, from step 1`; once, where the reason begins with the phase. */
export function phaseText({ phase, reason }: Pick<RunView, 'phase' | 'reason'>): string {
  return reason.startsWith(phase) ? reason : `${phase}${reason === '' ? '' : `: ${reason}`}`;
}

/** What a folder says of a run stays as it was when the run's process died. */
function lastKnown(run: RunView): string {
  const died = run.running === false && (run.phase === 'training' || run.phase === 'waiting');
  return died ? `not running; last known: ${phaseText(run)}` : phaseText(run);
}

/** @param more rows below. */
export function printRun(run: RunView, more: Parameters<typeof printPairs>[0] = []): void {
  const { loss, validationLoss, tokensPerSecond = 0, secondsLeft, workers } = run;
  printPairs([
    ['run', run.name],
    ['phase', lastKnown(run)],
    ...(run.hindrances ?? []).map(({ cause, reason }): [string, string] => ['hindered by', `${cause}: ${reason}`]),
    ['step', stepsOf(run)],
    ['loss', loss === undefined ? undefined : formatLoss(loss)],
    ['validation loss', validationLoss === undefined ? undefined : formatLoss(validationLoss)],
    ...Object.entries(run.scores ?? {}).map(([name, value]): [string, string] => ['', scoreText(name, value)]),
    ['speed', tokensPerSecond > 0 ? `${formatCount(tokensPerSecond)} tokens/s` : undefined],
    ['time left', secondsLeft === undefined ? undefined : formatDuration(secondsLeft)],
    ['engine', run.engine],
    ['fingerprint', run.fingerprint],
    ['workers', workers === undefined ? undefined : String(workers)],
    ['folder', run.folder],
    ...more,
  ]);
}

/** Of a table of runs, up to what only some tables have. */
export const runHead = ['RUN', 'PHASE', 'STEP', 'LOSS', 'VALIDATION', 'TOKENS/S', 'LEFT', 'ENGINE'] as const;

/** What stands below `runHead`. */
export function runCells(run: RunView): string[] {
  return [
    run.name,
    run.phase,
    stepsOf(run),
    orDash(run.loss, formatLoss),
    orDash(run.validationLoss, formatLoss),
    orDash(run.tokensPerSecond || undefined, formatCount),
    orDash(run.secondsLeft, formatDuration),
    run.engine || '-',
  ];
}

export function printRuns(runs: readonly RunView[]): void {
  printTable(
    [...runHead, 'WORKERS', 'REASON'],
    runs.map((run) => [...runCells(run), orDash(run.workers, String), run.reason]),
  );
}

export function printWorkers(workers: readonly WorkerStatus[]): void {
  printTable(
    ['WORKER', 'STATE', 'NODES', 'SPEED', 'FAILED', 'SEEN', 'THREADS', 'ENGINES', 'DEVICE', 'WHAT'],
    workers.map(({ name, state, reason, nodes, speed, failures, lastSeenSeconds, threads, engines, device }) => [
      name,
      state,
      formatCount(nodes),
      orDash(speed, (times) => `${times.toFixed(2)}x`),
      formatCount(failures),
      `${lastSeenSeconds.toFixed(1)} s ago`,
      formatCount(threads),
      engines.join(' '),
      device,
      reason,
    ]),
  );
}

/** `40/200`. */
function stepsOf({ step, steps }: Pick<RunView, 'step' | 'steps'>): string {
  return steps === undefined ? String(step) : `${step}/${steps}`;
}

export function orDash(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '-' : format(value);
}
