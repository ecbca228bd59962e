// Puts a run where its newest whole checkpoint left it: when it is opened, and when it is rolled back.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { initialValues } from '@rondo/rnn-core';
import {
  type Checkpoint,
  expectTensors,
  newestWhole,
  type Refused,
  RunFault,
  readRunFile,
  removeCheckpointsAfter,
  replaceFile,
  type StoredTensors,
  setCheckpointAside,
  syncPath,
  tidyCheckpoints,
} from '@rondo/storage';
import { genesisOf, type LedgerLine, metricsHead, metricsRoot, validationDue } from '@rondo/training';
import type { RestoredStep } from './messages.ts';
import type { Run } from './open-run.ts';
import { statesOf } from './stored-states.ts';

export interface Restored extends RestoredStep {
  readonly checkpoint: Checkpoint | undefined;
  readonly refused: readonly Refused[];
}

/**
 * Finds the newest whole checkpoint and puts it into the run's model, cuts the logs back to it, and sets newer checkpoints
 * that are torn aside: they would be taken for the newest when old ones are removed. May be repeated when it fails.
 * @throws RunFault `run-damaged`, `bad-tensors`; Error when the disk refuses.
 */
export async function restoreRun(run: Run): Promise<Restored> {
  const { folder } = run.folder;
  await finishRollBack(folder);
  await tidyCheckpoints(folder);
  const { checkpoint, refused } = await newestWhole(folder);
  for (const { step } of refused) await setCheckpointAside(folder, step);
  const step = checkpoint?.state.step ?? 0;
  cutLogs(run, checkpoint);
  run.committed = step;
  restoreModel(run, checkpoint);
  const { validateEvery } = run.job.spec.training;
  const due = validationDue(
    { validateEvery, validationBatches: run.inspected.validation?.steps ?? 0, steps: run.steps },
    step,
  );
  const validated = !due || checkpoint?.state.validationLoss !== undefined;
  const doubts = checkpoint?.state.doubts ?? {};
  return { step, validated, states: statesOf(checkpoint?.tensors.recurrent), doubts, checkpoint, refused };
}

/**
 * Gives up all steps after `to`, of which the weights are not to be trusted. That they are given up is on disk first: a
 * crash between here and the end must not go on from one of their checkpoints.
 * @param begun called as soon as it is.
 */
export async function rollBack(run: Run, to: number, begun: () => void = () => {}): Promise<Restored> {
  await replaceFile(rollBackPath(run.folder.folder), JSON.stringify({ to }));
  begun();
  return restoreRun(run);
}

const rollBackPath = (folder: string) => join(folder, '.roll-back');

async function finishRollBack(folder: string): Promise<void> {
  const path = rollBackPath(folder);
  const text = await readRunFile(path).catch((error: unknown) => {
    if (error instanceof RunFault) return undefined;
    throw error;
  });
  if (text === undefined) return;
  await removeCheckpointsAfter(folder, (JSON.parse(text) as { to: number }).to);
  await rm(path);
  await syncPath(folder);
}

/**
 * Lines past the checkpoint are of steps that will be taken again; so is a validation that came after it.
 * @throws RunFault when a log is not the one that the checkpoint was written after; then both are as they were.
 */
function cutLogs({ ledger, metrics, identity, validations }: Run, checkpoint: Checkpoint | undefined): void {
  const heads = checkpoint?.state ?? { step: 0, ledgerHead: genesisOf(identity), metricsHead: metricsRoot };
  const { step, ledgerHead } = heads;
  const lines = metrics.lines();
  const kept = linesUpTo(lines, heads.metricsHead);
  if (checkpoint !== undefined && hashOf(ledger.lines()[step - 1]) !== ledgerHead)
    throw cutShort(ledger.path, checkpoint);
  if (checkpoint !== undefined && kept < 0) throw cutShort(metrics.path, checkpoint);
  ledger.keep(step);
  metrics.keep(kept);
  validations.restore(lines.slice(0, kept));
  ledger.head = ledgerHead;
  metrics.head = heads.metricsHead;
}

/** undefined for what is no line of the ledger: a crash of the machine can leave zeros behind. */
function hashOf(line: string | undefined): string | undefined {
  try {
    return line === undefined ? undefined : (JSON.parse(line) as LedgerLine).hash;
  } catch {
    return undefined;
  }
}

/** How many lines of metrics.jsonl lead to a head of its chain; -1 where none do. */
function linesUpTo(lines: readonly string[], wanted: string): number {
  let head = metricsRoot;
  if (head === wanted) return 0;
  const last = lines.findIndex((line) => {
    head = metricsHead(head, line);
    return head === wanted;
  });
  return last < 0 ? -1 : last + 1;
}

function cutShort(path: string, checkpoint: Checkpoint): RunFault {
  return new RunFault(
    'run-damaged',
    `${path} is not the one that ${checkpoint.path} was written after: a line is missing or changed (\`rondo verify\` says which); restore the file, or remove that checkpoint, then \`rondo resume\``,
  );
}

/** The checkpoint's weights and optimizer state; without one the first weights, given or drawn, and zeros. */
export function restoreModel(
  { model, inspected, job }: Pick<Run, 'model' | 'inspected' | 'job'>,
  checkpoint: Checkpoint | undefined,
): void {
  const { parameters, optimizer, initial } = inspected;
  const weights: StoredTensors | undefined = checkpoint?.tensors.weights ?? initial;
  const state: StoredTensors | undefined = checkpoint && (checkpoint.tensors.optimizer ?? {});
  if (checkpoint !== undefined) {
    expectTensors(checkpoint.path, weights ?? {}, parameters);
    expectTensors(checkpoint.path, state ?? {}, optimizer.state(parameters));
  }
  for (const [index, parameter] of parameters.entries()) {
    const { name } = parameter;
    model.weights[name].set(weights?.[name]?.data ?? initialValues(parameter, job.spec.seed, index));
  }
  for (const [name, values] of Object.entries(optimizer.stateOf(model.arrays, model.state))) {
    if (state === undefined) values.fill(0);
    else values.set(state[name].data);
  }
}
