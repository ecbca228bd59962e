// A language model that a run trained, read from the run's folder.

import { DataFault, parseVocabulary, type Vocabulary } from '@rondo/data';
import {
  type LanguageModel,
  languageModelParameters,
  languageModelStates,
  stateWidth,
  type Tensors,
} from '@rondo/rnn-core';
import { formatFault, type JobOf, parseJob } from '@rondo/spec';
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
import { languageModelOf } from '@rondo/tasks';

/** `newest`: the last whole one; `best`: the one of the lowest validation loss; or a step's. */
export type CheckpointChoice = 'newest' | 'best' | number;

/** All that it takes to read and write text. */
export interface WeightedModel {
  readonly model: LanguageModel;
  readonly vocabulary: Vocabulary;
  /** By PyTorch's names. */
  readonly weights: Tensors;
}

export interface TrainedModel extends WeightedModel {
  readonly job: JobOf<'language-model'>;
  /** Steps that the weights were trained for. */
  readonly step: number;
  /** Newer checkpoints that are damaged. */
  readonly refused: readonly Refused[];
}

/**
 * @param folder of the run; it may still be training.
 * @throws RunFault when it is no run, has no such checkpoint, or a file of it is damaged; DataFault vocabulary-invalid.
 */
export async function loadLanguageModel(
  folder: string,
  { checkpoint: choice = 'newest' }: { readonly checkpoint?: CheckpointChoice } = {},
): Promise<TrainedModel> {
  const paths = runPaths(folder);
  const job = jobOf(paths.spec, await readRunFile(paths.spec));
  const vocabulary = parseVocabulary(await readRunFile(paths.preparation));
  const model = languageModelOf(job.model, vocabulary.size);
  const { checkpoint, refused } = await chosen(folder, choice);
  const stored = checkpoint.tensors.weights ?? {};
  expectTensors(`${checkpoint.path}/weights.safetensors`, stored, languageModelParameters(model));
  const weights = Object.fromEntries(Object.entries(stored).map(([name, { data }]) => [name, data]));
  return { job, model, vocabulary, weights, step: checkpoint.state.step, refused };
}

function jobOf(file: string, text: string): JobOf<'language-model'> {
  const result = parseJob(text, { file });
  if ('job' in result) {
    const { spec } = result.job;
    if (spec.task === 'language-model') return spec;
    throw new RunFault(
      'run-other-task',
      `${file}: the run's task is ${spec.task}, and only a language model writes text`,
    );
  }
  throw new RunFault('run-damaged', result.faults.map(formatFault).join('\n'));
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

/** The state before a text begins. */
export function zeroState(model: LanguageModel, batch: number): Tensors {
  const zeros = (name: string) => new Float32Array(batch * stateWidth(model, name));
  return Object.fromEntries(languageModelStates(model).map((name) => [name, zeros(name)]));
}

/**
 * Symbols of a text that the run did not read itself.
 * @param source what messages call the text, e.g. `--prompt`.
 * @throws DataFault unknown-symbol.
 */
export function encodeFrom(source: string, vocabulary: Vocabulary, text: string | Uint8Array): Int32Array {
  try {
    return vocabulary.encode(text);
  } catch (error) {
    if (error instanceof DataFault) throw new DataFault(error.code, `${source}: ${error.message}`);
    throw error;
  }
}
