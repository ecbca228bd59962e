// What a spec may say, key by key: types, ranges and defaults. Each error text says what would be right.

import { z } from 'zod';
import type { TrainingJob } from './job.ts';
import {
  classificationData,
  forecastingData,
  regressionData,
  taggingData,
  textData,
  translationData,
} from './schema/data.ts';
import { choice, mapping, whole } from './schema/kinds.ts';
import { classifier, forecaster, languageModel, regressor, tagger, translator } from './schema/model.ts';
import {
  classifierTraining,
  forecasterTraining,
  languageModelTraining,
  regressorTraining,
  taggerTraining,
  translatorTraining,
} from './schema/training.ts';
import { listOf } from './wording.ts';

/** What people write for kubectl, which is no part of the job: a label that changes is no other job. */
const anyText = () => z.string({ error: 'a text' });
const texts = () => z.record(z.string(), anyText(), { error: 'a mapping of texts' });
const forKubernetes = { namespace: anyText().optional(), labels: texts().optional(), annotations: texts().optional() };

const metadataName = 'a text of lowercase letters, digits and inner hyphens, at most 63, such as char-lm';

const seed = whole(0, Number.MAX_SAFE_INTEGER).describe('Everything random follows from it.');

const engine = choice('auto', 'webgpu', 'cpu', 'cpu-portable', 'webasm', 'js', 'reference')
  .default('auto')
  .describe('What computes; auto takes a real GPU where there is one, else cpu.');

function task<const Name extends string, Data extends z.ZodType, Model extends z.ZodType, Training extends z.ZodType>(
  name: Name,
  meaning: string,
  data: Data,
  model: Model,
  training: Training,
) {
  return mapping({
    task: z.literal(name).describe(meaning),
    seed,
    data: data.describe('What it learns from.'),
    model: model.describe('What learns.'),
    training: training.describe('How it learns.'),
    engine,
  });
}

const tasks = [
  task('language-model', 'Predicts the next symbol of a text.', textData, languageModel, languageModelTraining),
  task('classification', 'Tells the class of a sequence.', classificationData, classifier, classifierTraining),
  task('tagging', 'Tells the tag of every word of a sentence.', taggingData, tagger, taggerTraining),
  task('translation', 'Writes another text for a text.', translationData, translator, translatorTraining),
  task('forecasting', 'Tells how time series go on.', forecastingData, forecaster, forecasterTraining),
  task(
    'regression',
    'Tells a value of a sequence, or of each of its steps.',
    regressionData,
    regressor,
    regressorTraining,
  ),
] as const;

export const taskNames = tasks.map(({ shape }) => shape.task.value);

function jobError(issue: { code?: string }) {
  return issue.code === 'invalid_union' ? listOf(taskNames, 'or') : 'a mapping of task, seed, data, model and training';
}

export const schema = mapping({
  apiVersion: choice('rondo.dev/v1').describe('Version of this format.'),
  kind: choice('TrainingJob').describe('What the file describes.'),
  metadata: mapping({
    name: z
      .string({ error: metadataName })
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, { error: metadataName })
      .describe('What the run is called; its runs are numbered: char-lm-1, char-lm-2.'),
    ...forKubernetes,
  })
    .transform(({ name }) => ({ name }))
    .describe('How people call it.'),
  spec: z.discriminatedUnion('task', tasks, { error: jobError }).describe('The job.'),
}).describe('A training job of Rondo.') satisfies z.ZodType<TrainingJob>;

/** JSON Schema of a spec file, for editors and for other tools. Relations between fields are not in it. */
export function jobSchema(): z.core.JSONSchema.BaseSchema {
  return { ...z.toJSONSchema(schema, { io: 'input' }), title: 'Rondo TrainingJob' };
}
