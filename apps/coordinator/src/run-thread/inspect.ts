// Everything about a job that only its files can tell: the data, the model, the first weights, the model's size.

import { readFile, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type Batches,
  DataFault,
  isBelow,
  namesOutside,
  trainingBatches,
  type ValidationBatches,
  validationBatches,
} from '@rondo/data';
import type { Parameter } from '@rondo/rnn-core';
import type { TrainingJob } from '@rondo/spec';
import { decodeSafetensors, RunFault, type StoredTensors } from '@rondo/storage';
import { type JobPlace, readTask, type TaskContent } from '@rondo/tasks';
import { createOptimizer, type Optimizer } from '@rondo/training';
import { firstWeights } from './first-weights.ts';
import { memoryFault } from './memory.ts';

/** What is wrong with a job, and the field of the spec to blame where there is one. */
export interface JobFault {
  readonly message: string;
  readonly path?: string | undefined;
}

/** A job with all that its files say. */
export interface InspectedJob {
  readonly content: TaskContent;
  readonly batches: Batches;
  readonly validation: ValidationBatches | null;
  readonly parameters: readonly Parameter[];
  readonly optimizer: Optimizer;
  /** From `model.initial`: of every parameter, or of the recurrent layers'. */
  readonly initial: StoredTensors | undefined;
}

/** @returns the job's content, or every fault that can be told apart. */
export async function inspectJob(job: TrainingJob, place: JobPlace): Promise<InspectedJob | { faults: JobFault[] }> {
  const faults: JobFault[] = [];
  const initialPath = job.spec.model.initial;
  // Data and first weights are looked at apart, so that both can be at fault.
  const stored = initialPath === undefined ? undefined : await orFault(faults, () => readInitial(initialPath, place));
  const content = await orFault(faults, () => readTask(job.spec, place));
  if (content === undefined) return { faults };
  const { parameters } = content.model;
  const optimizer = createOptimizer(job.spec.training.optimizer);
  const tooLarge = memoryFault(parameters, optimizer, job.spec.training);
  if (tooLarge !== undefined) faults.push({ message: tooLarge, path: 'spec.model' });
  const initial =
    stored && (await orFault(faults, async () => firstWeights(initialPath as string, stored, parameters)));
  if (faults.length > 0) return { faults };
  const [batches, validation] = [trainingBatches(content.training), validationBatches(content.validation)];
  return { content, batches, validation, parameters, optimizer, initial };
}

/** What `look` finds, or undefined and one fault more. */
async function orFault<T>(faults: JobFault[], look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof DataFault) faults.push({ message: error.message, path: error.path });
    else if (error instanceof RunFault) faults.push({ message: error.message, path: 'spec.model.initial' });
    else throw error;
    return undefined;
  }
}

/** No weights that fit into a machine are larger. */
const maxInitialBytes = 2 ** 36;

/** @throws RunFault when the file is not there, outside the root, or no safetensors. */
async function readInitial(path: string, { base, root }: JobPlace): Promise<StoredTensors> {
  const fault = (what: string) => new RunFault('bad-tensors', `${path}: ${what}`);
  if (root !== undefined && namesOutside(path)) {
    throw fault('leads out of the data root; name a file below it, relative to it');
  }
  const file = resolve(base, path);
  const real = root === undefined ? file : await realpathBelow(file, root);
  // Nobody learns from it what lies where a symbolic link leads.
  if (real === undefined) throw fault('is no file below the data root');
  try {
    const { size } = await stat(real);
    if (size > maxInitialBytes) throw fault(`has ${size} bytes, more than weights can have`);
    return decodeSafetensors(path, new Uint8Array(await readFile(real)));
  } catch (error) {
    if (error instanceof RunFault) throw error;
    throw fault(`cannot be read: ${(error as Error).message}`);
  }
}

/** @returns undefined where there is none, or it lies elsewhere. */
async function realpathBelow(file: string, root: string): Promise<string | undefined> {
  try {
    const real = await realpath(file);
    return isBelow(real, await realpath(root)) ? real : undefined;
  } catch {
    return undefined;
  }
}
