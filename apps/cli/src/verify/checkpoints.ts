// The kept checkpoints of a run: every file as it was written, each at its place in the ledger's and the metrics' chains.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CheckpointPart,
  type CheckpointState,
  checkpointPath,
  listCheckpoints,
  loadCheckpoint,
  type RunDocument,
  RunFault,
} from '@rondo/storage';
import type { LedgerReport } from '@rondo/training';
import type { Report } from './findings.ts';
import type { MetricsReport } from './metrics.ts';

/** A checkpoint whose files are whole, or whose state at least is. */
export interface FoundCheckpoint {
  readonly state: CheckpointState;
  readonly whole: boolean;
}

/**
 * @param parts that a checkpoint of this run has; undefined: those that are there.
 * @param isLive the run trains now: its checkpoints may vanish while they are read.
 */
export async function readCheckpoints(
  run: string,
  parts: readonly CheckpointPart[] | undefined,
  isLive: boolean,
  report: Report,
): Promise<FoundCheckpoint[]> {
  const found: FoundCheckpoint[] = [];
  const steps = await listCheckpoints(run);
  await expectNames(join(run, 'checkpoints'), new Set(steps.map((step) => checkpointPath(run, step))), report);
  for (const step of steps) {
    const faults: [file: string, what: string][] = [];
    const checkpoint = await readCheckpoint(run, step, parts ?? partsThere(run, step), (file, what) =>
      faults.push([file, what]),
    );
    const removed = isLive && faults.length > 0 && !(await listCheckpoints(run)).includes(step);
    if (removed) continue;
    for (const [file, what] of faults) report(file, what);
    if (checkpoint !== undefined) found.push({ ...checkpoint, whole: faults.length === 0 });
  }
  return found;
}

function partsThere(run: string, step: number): CheckpointPart[] {
  const all = ['weights', 'optimizer', 'recurrent'] as const;
  return all.filter((part) => existsSync(join(checkpointPath(run, step), `${part}.safetensors`)));
}

async function readCheckpoint(
  run: string,
  step: number,
  parts: readonly CheckpointPart[],
  report: Report,
): Promise<Pick<FoundCheckpoint, 'state'> | undefined> {
  const path = checkpointPath(run, step);
  const files = parts.map((part) => join(path, `${part}.safetensors`));
  const stateFile = join(path, 'state.json');
  await expectNames(path, new Set([...files, stateFile]), report);
  const checkpoint = await loaded(run, step, [], stateFile, report);
  if (checkpoint === undefined) return undefined;
  for (const [i, part] of parts.entries()) {
    const read = await loaded(run, step, [part], files[i], report);
    if (read !== undefined && read.tensors[part] === undefined) report(stateFile, `tells of no ${part}.safetensors`);
  }
  return checkpoint;
}

async function loaded(run: string, step: number, parts: readonly CheckpointPart[], file: string, report: Report) {
  try {
    return await loadCheckpoint(run, step, parts);
  } catch (error) {
    if (!(error instanceof RunFault)) throw error;
    report(file, error.message.replace(`${file}: `, '').replace('; this checkpoint is not used', ''));
    return undefined;
  }
}

/** Reports what else is there. Hidden names are what a crash left; refused checkpoints stay for people to look at. */
async function expectNames(folder: string, known: ReadonlySet<string>, report: Report): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => !/^(\.|refused-step-)/.test(one))) {
    if (!known.has(join(folder, name))) report(join(folder, name), 'is no part of a checkpoint');
  }
}

export interface CheckpointContext {
  readonly ledger: LedgerReport;
  readonly document: RunDocument | undefined;
  /** Workers of several arithmetics may have computed. */
  readonly mixed: boolean;
}

/** @returns what does not fit between a checkpoint and its run. */
export function stateFaults(state: CheckpointState, { ledger, document, mixed }: CheckpointContext): string[] {
  const { step, epoch, stepInEpoch, engine, fingerprint } = state;
  const { lines, stepsPerEpoch = Number.POSITIVE_INFINITY } = ledger;
  if (step < 1 || step > lines.length) return [`is of step ${step}, and the ledger ends with step ${lines.length}`];
  const faults: string[] = [];
  const line = lines[step - 1];
  if (line !== undefined && line.hash !== state.ledgerHead) {
    faults.push(`was not written after line ${step} of this ledger`);
  }
  // A ledger that ends with its first epoch does not tell that it does.
  const endsEpoch = epoch === 1 && stepInEpoch === 0 && lines.length === step;
  const fits = epoch === Math.floor(step / stepsPerEpoch) && stepInEpoch === step % stepsPerEpoch;
  if (!fits && !endsEpoch) faults.push(`goes on with step ${stepInEpoch + 1} of epoch ${epoch}`);
  if (!mixed && document !== undefined && fingerprint !== document.fingerprint) {
    faults.push(`is of the arithmetic ${engine}, ${fingerprint}, and run.json of ${document.fingerprint}`);
  }
  return faults;
}

/** @returns why metrics.jsonl is not the one that the checkpoint was written after. */
export function metricsFault(state: CheckpointState, metrics: MetricsReport): string | undefined {
  const { step, validationLoss } = state;
  const [what, points] = validationLoss === undefined ? ['line', metrics.steps] : ['validation', metrics.validations];
  const point = points.get(step);
  if (point === undefined) return `has no ${what} of step ${step}, and its checkpoint was written after one`;
  if (point.head !== state.metricsHead)
    return `the ${what} of step ${step} is not the one that its checkpoint was written after`;
  if (validationLoss === undefined || point.loss === validationLoss) return undefined;
  return `the validation of step ${step} has the loss ${point.loss}, its checkpoint ${validationLoss}`;
}
