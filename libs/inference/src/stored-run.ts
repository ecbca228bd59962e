// What a run has learnt, read from its folder: the spec, the preparation and the weights of a checkpoint.

import type { Tensors } from '@rondo/rnn-core';
import { formatFault, type JobSpec, parseJob } from '@rondo/spec';
import {
  bestStep,
  type Checkpoint,
  expectTensors,
  loadCheckpoint,
  newestWhole,
  type Refused,
  RunFault,
  readRunFile,
  runPaths,
} from '@rondo/storage';
import { type Preparation, restoreTask, type TrainedTask } from '@rondo/tasks';

/** `newest`: the last whole one; `best`: the best of those validated, by `training.metric`; or a step's. */
export type CheckpointChoice = 'newest' | 'best' | number;

export interface StoredRun {
  readonly job: JobSpec;
  /** What was learnt beside the weights: `preparation.json`. */
  readonly preparation: Preparation;
  readonly trained: TrainedTask;
  /** By PyTorch's names. */
  readonly weights: Tensors;
  /** Steps that the weights were trained for. */
  readonly step: number;
  /** Newer checkpoints that are damaged. */
  readonly refused: readonly Refused[];
}

/**
 * @param folder of the run; it may still be training.
 * @throws RunFault when it is no run, has no such checkpoint, or a file of it is damaged; DataFault vocabulary-invalid.
 */
export async function readStoredRun(folder: string, choice: CheckpointChoice): Promise<StoredRun> {
  const paths = runPaths(folder);
  const job = jobOf(paths.spec, await readRunFile(paths.spec));
  const preparation = preparationOf(paths.preparation, await readRunFile(paths.preparation));
  const trained = restoreTask(job, preparation);
  const { checkpoint, refused } = await chosen(folder, choice);
  const stored = checkpoint.tensors.weights ?? {};
  expectTensors(`${checkpoint.path}/weights.safetensors`, stored, trained.model.parameters);
  const weights = Object.fromEntries(Object.entries(stored).map(([name, { data }]) => [name, data]));
  return { job, preparation, trained, weights, step: checkpoint.state.step, refused };
}

function jobOf(file: string, text: string): JobSpec {
  const result = parseJob(text, { file });
  if ('job' in result) return result.job.spec;
  throw new RunFault('run-damaged', result.faults.map(formatFault).join('\n'));
}

function preparationOf(file: string, text: string): Preparation {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Preparation;
  } catch {
    // Told below, as what is JSON and no object.
  }
  throw new RunFault('run-damaged', `${file}: is no JSON object; restore it from a copy`);
}

async function chosen(
  folder: string,
  choice: CheckpointChoice,
): Promise<{ checkpoint: Checkpoint; refused: readonly Refused[] }> {
  if (choice === 'newest') {
    const { checkpoint, refused } = await newestWhole(folder, ['weights']);
    if (checkpoint !== undefined) return { checkpoint, refused };
    const why = refused.length > 0 ? refused.map(({ reason }) => reason).join('\n') : 'wait until the run writes one';
    throw new RunFault('checkpoint-missing', `${folder}: has no checkpoint to read; ${why}`);
  }
  const step = choice === 'best' ? await bestStep(folder) : choice;
  if (step === undefined) {
    throw new RunFault('checkpoint-missing', `${folder}: no checkpoint was validated; take the newest one`);
  }
  return { checkpoint: await loadCheckpoint(folder, step, ['weights']), refused: [] };
}
