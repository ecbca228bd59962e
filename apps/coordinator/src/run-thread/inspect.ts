// Everything about a job that only its files can tell: the text, its vocabulary, the first weights, the model's size.

import { readFile, realpath, stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import {
  type Batches,
  buildVocabulary,
  createBatches,
  createValidation,
  DataFault,
  readText,
  splitTokens,
  type Validation,
  type Vocabulary,
} from '@rondo/data';
import { elements, type LanguageModel, languageModelParameters, type Parameter } from '@rondo/rnn-core';
import type { TrainingJob } from '@rondo/spec';
import { decodeSafetensors, expectTensors, RunFault, type StoredTensor } from '@rondo/storage';
import { createOptimizer, modelOf, type Optimizer } from '@rondo/training';
import { memoryFault } from './memory.ts';

/** What is wrong with a job, and the field of the spec to blame where there is one. */
export interface JobFault {
  readonly message: string;
  readonly path?: string | undefined;
}

/** Where the spec's paths lead. */
export interface JobPlace {
  /** What they are relative to. */
  readonly base: string;
  /** Nothing outside this folder is read; absent: anything the user may read. */
  readonly root?: string | undefined;
}

/** A job with all that its files say. */
export interface InspectedJob {
  readonly vocabulary: Vocabulary;
  readonly tokens: { readonly training: Int32Array; readonly validation: Int32Array };
  readonly batches: Batches;
  readonly validation: Validation | null;
  readonly model: LanguageModel;
  readonly parameters: readonly Parameter[];
  readonly optimizer: Optimizer;
  /** From `model.initial`. */
  readonly initial: Readonly<Record<string, StoredTensor>> | undefined;
}

/** @returns the job's content, or every fault that can be told apart. */
export async function inspectJob(job: TrainingJob, place: JobPlace): Promise<InspectedJob | { faults: JobFault[] }> {
  const { data, model: modelSpec, training } = job.spec;
  try {
    const { text } = await readText(data.text, place.base, { unit: data.unit, root: place.root });
    const vocabulary = buildVocabulary(data.unit, text);
    const tokens = splitTokens(vocabulary.encode(text), data.validation);
    const batches = createBatches(tokens.training, training);
    const validation = createValidation(tokens.validation, training);
    const model = modelOf(job.spec, vocabulary.size);
    const parameters = languageModelParameters(model);
    const optimizer = createOptimizer(training.optimizer);
    const tooLarge = memoryFault(parameters, optimizer.state(parameters).length / parameters.length);
    if (tooLarge !== undefined) return { faults: [{ message: tooLarge, path: 'spec.model' }] };
    const initial =
      modelSpec.initial === undefined ? undefined : await readInitial(modelSpec.initial, place, parameters);
    return { vocabulary, tokens, batches, validation, model, parameters, optimizer, initial };
  } catch (error) {
    if (error instanceof DataFault) return { faults: [{ message: error.message, path: error.path }] };
    if (error instanceof RunFault) return { faults: [{ message: error.message, path: 'spec.model.initial' }] };
    throw error;
  }
}

/** @throws RunFault when the file is not there, outside the root, or holds other tensors than the model's. */
async function readInitial(path: string, { base, root }: JobPlace, parameters: readonly Parameter[]) {
  const file = resolve(base, path);
  const fault = (what: string) => new RunFault('bad-tensors', `${path}: ${what}`);
  try {
    const real = await realpath(file);
    if (root !== undefined && relative(await realpath(root), real).startsWith('..')) {
      throw fault('lies outside the data root');
    }
    const { size } = await stat(real);
    const most = 4 * parameters.reduce((sum, { shape }) => sum + elements(shape), 0) + 2 ** 20;
    if (size > most) throw fault(`has ${size} bytes, the model's weights at most ${most}`);
    const tensors = decodeSafetensors(path, new Uint8Array(await readFile(real)));
    expectTensors(path, tensors, parameters);
    return tensors;
  } catch (error) {
    if (error instanceof RunFault) throw error;
    throw fault(`cannot be read: ${(error as Error).message}`);
  }
}
