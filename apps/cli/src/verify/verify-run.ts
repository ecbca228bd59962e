// Proves a run from its folder alone: every document, the ledger, the metrics and the kept checkpoints, each by the others.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { JobSpec, TrainingJob } from '@rondo/spec';
import {
  type CheckpointPart,
  checkpointPath,
  holderOf,
  type RunDocument,
  RunFault,
  readLog,
  runPaths,
} from '@rondo/storage';
import { carriesState } from '@rondo/tasks';
import { type LedgerLine, type LedgerReport, type StepShape, verifyLedger } from '@rondo/training';
import { type FoundCheckpoint, metricsFault, readCheckpoints, stateFaults } from './checkpoints.ts';
import { checkIdentity, checkLength, checkNames, type Documents, readDocuments } from './documents.ts';
import { collectInto, type Finding, type Report } from './findings.ts';
import { checkMetrics, type MetricsReport } from './metrics.ts';

/** A run's folder, read and judged. */
export interface Verdict {
  /** Everything that is wrong; none: what the folder says of itself is proven. */
  readonly findings: readonly Finding[];
  readonly document: RunDocument | undefined;
  readonly job: TrainingJob | undefined;
  /** Undefined where a line is not what was written. */
  readonly ledger: readonly (LedgerLine | undefined)[];
  /** Undefined while the ledger does not reach the second epoch. */
  readonly stepsPerEpoch: number | undefined;
  /** Of the whole checkpoints, ascending. */
  readonly checkpoints: readonly number[];
}

/**
 * The run may be under way: checkpoints are read before the ledger and that before the metrics, so that each is found in
 * the next. What a crash leaves behind the newest checkpoint is no fault: a torn line, one log longer than the other.
 * @throws RunFault run-missing when the folder holds nothing of a run.
 */
export async function verifyRun(folder: string): Promise<Verdict> {
  const paths = runPaths(folder);
  if (![paths.spec, paths.document, paths.ledger].some((path) => existsSync(path))) {
    throw new RunFault('run-missing', `${folder}: holds no run`);
  }
  const findings: Finding[] = [];
  const report = collectInto(findings, folder);
  const isLive = (await holderOf(folder)) !== undefined;
  await checkNames(folder, report);
  const documents = await readDocuments(folder, report);
  const { document, job } = documents;
  const isFinished = document?.phase === 'finished';
  const found = await readCheckpoints(folder, partsOf(job), isLive, report);

  const ledger = verifyLedger(linesOf(paths.ledger, isFinished, report), job && stepShape(job.spec));
  for (const { line, fault } of ledger.faults) report(paths.ledger, fault, line);
  const run = ledger.lines[0]?.run;
  if (run !== undefined) checkIdentity(folder, run, documents, report);
  checkLength(folder, documents, ledger.stepsPerEpoch, report);

  const metricsLines = linesOf(paths.metrics, isFinished, report);
  const isOther = isOfAnotherRun(ledger, found);
  if (isOther) report(paths.ledger, 'is not the ledger that the checkpoints were written after');
  // Metrics and checkpoints are not to blame for it.
  const trusted = isOther ? { ...ledger, lines: ledger.lines.map(() => undefined) } : ledger;
  if (job !== undefined) {
    const context = {
      ledger: trusted.lines,
      spec: job.spec,
      steps: document?.steps ?? 0,
      kept: isFinished ? undefined : (found.at(-1)?.state.step ?? 0),
      stoppedAt: document?.stoppedAt?.step,
    };
    const metrics = checkMetrics(metricsLines, context, (what, line) => report(paths.metrics, what, line));
    checkStates(folder, found, { ledger: trusted, metrics, documents }, report);
  }
  const checkpoints = found.filter(({ whole }) => whole).map(({ state }) => state.step);
  checkEnd(folder, documents, ledger, checkpoints, report);
  return { findings, document, job, ledger: ledger.lines, stepsPerEpoch: ledger.stepsPerEpoch, checkpoints };
}

/** Steps over a text all feed as many positions. */
function stepShape({ training }: JobSpec): StepShape {
  const { shards } = training;
  return 'sequence' in training
    ? { feeds: 'positions', sequence: training.sequence, shards }
    : { feeds: 'examples', batch: training.batch, shards };
}

/** A ledger whole in itself that no checkpoint knows. */
function isOfAnotherRun({ lines, faults }: LedgerReport, found: readonly FoundCheckpoint[]): boolean {
  const fits = ({ state }: FoundCheckpoint) => lines[state.step - 1]?.hash === state.ledgerHead;
  return faults.length === 0 && found.some(({ state }) => state.step <= lines.length) && !found.some(fits);
}

/** Undefined where the spec cannot tell. */
function partsOf(job: TrainingJob | undefined): CheckpointPart[] | undefined {
  return job && ['weights', 'optimizer', ...(carriesState(job.spec) ? (['recurrent'] as const) : [])];
}

/** Whole lines. A run that has finished has torn none. */
function linesOf(path: string, isFinished: boolean, report: Report): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isFile()) {
    report(path, 'is no plain file');
    return [];
  }
  const last = readFileSync(path).at(-1) ?? 0x0a;
  if (isFinished && last !== 0x0a) report(path, 'ends within a line');
  return readLog(path);
}

function checkStates(
  folder: string,
  found: readonly FoundCheckpoint[],
  { ledger, metrics, documents }: { ledger: LedgerReport; metrics: MetricsReport; documents: Documents },
  report: Report,
): void {
  const { document, job } = documents;
  const mixed = job?.spec.training.mixed === true;
  for (const { state } of found) {
    const faults = stateFaults(state, { ledger, document, mixed });
    for (const what of faults) report(join(checkpointPath(folder, state.step), 'state.json'), what);
    const fault = faults.length === 0 ? metricsFault(state, metrics) : undefined;
    if (fault !== undefined) report(runPaths(folder).metrics, fault);
  }
}

/** Whether a run that was put down in order is as far as it was then. */
function checkStop(
  folder: string,
  { stoppedAt }: RunDocument,
  steps: number,
  checkpoints: readonly number[],
  report: Report,
): void {
  if (stoppedAt === undefined) return;
  const { step, checkpoint } = stoppedAt;
  if (steps !== step) report(runPaths(folder).ledger, `ends with step ${steps}, and run.json says ${step}`);
  if (checkpoint > 0 && !checkpoints.includes(checkpoint)) {
    report(checkpointPath(folder, checkpoint), 'is not there or not whole, and run.json says that it was written');
  }
}

/** Whether the run is as far as it says. */
function checkEnd(
  folder: string,
  { document }: Documents,
  { lines }: LedgerReport,
  checkpoints: readonly number[],
  report: Report,
): void {
  if (document?.steps === undefined) return;
  const { phase } = document;
  const steps = document.endedAt ?? document.steps;
  const { ledger } = runPaths(folder);
  if (lines.length > steps) report(ledger, `has ${lines.length} steps, the run ${steps}`);
  if (phase !== 'finished') {
    checkStop(folder, document, lines.length, checkpoints, report);
    return;
  }
  if (lines.length < steps) report(ledger, `ends with step ${lines.length} of ${steps}, and run.json says finished`);
  if (!checkpoints.includes(steps)) {
    report(checkpointPath(folder, steps), 'is not there or not whole, and run.json says finished');
  }
}
