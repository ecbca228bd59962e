// How a job learns: the `training` of each task.

import { above, choice, flag, fraction, mapping, size, whole } from './kinds.ts';
import { optimizer, schedule } from './optimizer.ts';

/** What every task has. */
const commonFields = {
  batch: size().describe('Sequences in a global batch: a multiple of shards.'),
  shards: whole(1, 65536).describe(
    'Parts that a batch is cut into, each computed by one worker at a time. The result depends on them, not on the number of workers.',
  ),
  optimizer: optimizer.describe("What turns gradients into new weights; PyTorch's meanings and defaults."),
  schedule: schedule
    .default({ name: 'constant', warmup: 0 })
    .describe('How the learning rate goes on from step to step.'),
  clipNorm: above(0)
    .optional()
    .describe('Largest norm of the whole gradient: a longer one is shortened to it. Default: none is.'),
  clipValue: above(0)
    .optional()
    .describe(
      'Largest magnitude of an element of the averaged gradient, which is cut to it, before clipNorm is looked at. Default: none is.',
    ),
  gradients: choice('float32', 'float16', 'bfloat16')
    .default('float32')
    .describe(
      'What gradients are summed in and travel in. 16 bits are half the bytes, and every node of the sum is rounded to them: float16 keeps 11 bits and overflows at 65504, bfloat16 keeps 8.',
    ),
  steps: whole(1).optional().describe('Length of the run in steps.'),
  epochs: whole(1).optional().describe('Length of the run in passes over the data.'),
  validateEvery: whole(1).default(200).describe('Steps from one validation to the next.'),
  checkpointEvery: whole(1).default(200).describe('Steps from one checkpoint to the next.'),
  patience: whole(1)
    .optional()
    .describe('Validations in a row without a better metric after which the run ends early. Default: it does not.'),
  keep: whole(1).default(3).describe('Checkpoints that are kept, the newest ones, beside the best one.'),
  minWorkers: whole(1).default(1).describe('Workers that the run waits for before it starts.'),
  mixed: flag()
    .default(false)
    .describe('Let workers of different arithmetic compute together, which gives up equal bits.'),
  audit: fraction()
    .default(0)
    .describe(
      'Share of the work that a second worker repeats before a step commits, which finds who computes wrong bits. Takes two workers, and a third to decide.',
    ),
};

/** @param others than the loss. */
function metric<const Names extends readonly string[]>(...others: Names) {
  return choice('loss', ...others)
    .default('loss')
    .describe('What the best checkpoint, and patience, go by: of the validation.');
}

export const languageModelTraining = mapping({
  ...commonFields,
  metric: metric(),
  sequence: size().describe('Time steps of a sequence.'),
  stateful: flag()
    .default(false)
    .describe('The state after a step is the first of the next, so that the model reads on where it stopped.'),
});

/** Of the tasks that learn from a set of examples, of unequal lengths. */
const exampleFields = {
  ...commonFields,
  buckets: whole(1, 64)
    .default(4)
    .describe('Shapes that batches come in at most: sequences of like length share one, so that less is padded.'),
};

const classWeights = choice('none', 'balanced')
  .default('none')
  .describe('balanced: examples of rare classes count for more, by the number of examples over that of their class.');

const labelSmoothing = fraction()
  .default(0)
  .describe('Share of the target that is spread evenly over all classes (Szegedy et al. 2016).');

export const classifierTraining = mapping({
  ...exampleFields,
  metric: metric('accuracy', 'macroF1'),
  classWeights,
  labelSmoothing,
});

export const taggerTraining = mapping({ ...exampleFields, metric: metric('f1', 'accuracy') });

export const translatorTraining = mapping({
  ...exampleFields,
  metric: metric(),
  labelSmoothing,
});

/** Of the tasks whose targets are numbers. */
const lossFields = {
  loss: choice('squared', 'absolute', 'huber')
    .default('squared')
    .describe("What is made small, of the scaled targets: the squared, the absolute, or Huber's (1964) distance."),
  delta: above(0)
    .default(1)
    .describe('Of huber: up to this distance the loss is half its square, beyond it a straight line.'),
};

export const forecasterTraining = mapping({
  ...commonFields,
  metric: metric('rmse', 'mae', 'mase'),
  ...lossFields,
});

export const regressorTraining = mapping({
  ...exampleFields,
  metric: metric('mse', 'r2'),
  ...lossFields,
});
