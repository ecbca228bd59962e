// What a spec may say, key by key: types, ranges and defaults. Each error text says what would be right.

import { z } from 'zod';
import type { TrainingJob } from './job.ts';
import { listOf } from './wording.ts';

const largestInt32 = 2 ** 31 - 1;

function whole(least: number, most = largestInt32) {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

function atLeast(least: number) {
  const error = `a number from ${least}`;
  return z.number({ error }).min(least, { error });
}

function above(bound: number) {
  const error = `a number above ${bound}`;
  return z.number({ error }).gt(bound, { error });
}

function share() {
  const error = 'a number from 0 to below 1';
  return z.number({ error }).min(0, { error }).lt(1, { error });
}

function fraction() {
  const error = 'a number from 0 to 1';
  return z.number({ error }).min(0, { error }).max(1, { error });
}

function flag() {
  return z.boolean({ error: 'true or false' });
}

function choice<const Values extends readonly [string, ...string[]]>(...values: Values) {
  return z.enum(values, { error: listOf(values, 'or') });
}

const longestPath = 1000;
const mostPaths = 1000;

function path(what: string) {
  return z
    .string({ error: what })
    .min(1, { error: what })
    .max(longestPath, { error: `${what} of at most ${longestPath} characters` });
}

function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, { error: `a mapping of ${listOf(Object.keys(shape), 'and')}` });
}

/** What people write for kubectl, which is no part of the job: a label that changes is no other job. */
const anyText = () => z.string({ error: 'a text' });
const texts = () => z.record(z.string(), anyText(), { error: 'a mapping of texts' });
const forKubernetes = { namespace: anyText().optional(), labels: texts().optional(), annotations: texts().optional() };

const metadataName = 'a text of lowercase letters, digits and inner hyphens, at most 63, such as char-lm';

const data = mapping({
  text: z
    .union(
      [
        path('a file or a glob').transform((pattern) => [pattern]),
        z
          .array(path('a file or a glob'), { error: 'a list' })
          .min(1, { error: 'at least one file or glob' })
          .max(mostPaths),
      ],
      { error: `a file or a glob of at most ${longestPath} characters, or a list of at most ${mostPaths} of them` },
    )
    .describe(
      "Text files or globs, in this order: relative to this file; of a submitted spec relative to the coordinator's --data-root.",
    ),
  unit: choice('character', 'byte', 'word').describe(
    'What the text is cut into: the symbols that the model reads and predicts.',
  ),
  validation: share()
    .default(0.1)
    .describe('The last share of the text, which validates and is not trained on; 0: no validation.'),
});

/** Wide tensors are refused for the machine's memory, where it is known; these bounds keep sizes exact. */
const size = () => whole(1, 2 ** 24);

const model = mapping({
  cell: choice('lstm', 'gru', 'rnn').describe('The recurrent cell of every layer.'),
  activation: choice('tanh', 'relu', 'sigmoid').default('tanh').describe('Of an rnn: the function after its sum.'),
  reset: choice('after', 'before')
    .default('after')
    .describe(
      'Of a gru: whether the reset gate is applied after the matrix product (cuDNN, PyTorch) or before (Cho et al. 2014).',
    ),
  layers: whole(1, 1000).describe('Recurrent layers, one upon the other.'),
  hidden: size().describe('Width of every recurrent layer.'),
  embedding: size().describe('Width of the embedding of a symbol.'),
  dropout: share()
    .default(0)
    .describe('Share of the values that is dropped after the embedding and after every layer while training.'),
  tied: flag().default(false).describe('The output weights are the embedding weights.'),
  initial: path('a safetensors file')
    .optional()
    .describe("The first weights: a safetensors file with PyTorch's names and shapes. Default: drawn from the seed."),
});

function learningRate(usual: number) {
  return atLeast(0).default(usual).describe('Step size; a schedule changes it from step to step.');
}

function weightDecay(usual: number, decoupled = false) {
  const how = decoupled
    ? 'that is taken off them in each step, times the learning rate'
    : 'that is added to their gradient';
  return atLeast(0).default(usual).describe(`Share of the weights ${how}.`);
}

function epsilon() {
  return atLeast(0).default(1e-8).describe('Added to what is divided by.');
}

const adamMeanings = {
  adam: 'Adam (Kingma and Ba 2015).',
  adamw: 'Adam with decoupled weight decay (Loshchilov and Hutter 2019).',
};

/** Defaults and ranges are those of torch.optim (PyTorch 2). */
const optimizer = z.discriminatedUnion(
  'name',
  [
    mapping({
      name: z.literal('sgd').describe('Gradient descent, with momentum if it is asked for.'),
      learningRate: learningRate(0.001),
      momentum: atLeast(0).default(0).describe('Share of the update before that is added to each update.'),
      dampening: atLeast(0).default(0).describe('Share of the gradient that is left out of the momentum.'),
      nesterov: flag().default(false).describe('Nesterov momentum.'),
      weightDecay: weightDecay(0),
    }),
    mapping({
      name: z.literal('rmsprop').describe('RMSprop: divided by the root of a running mean of squared gradients.'),
      learningRate: learningRate(0.01),
      alpha: atLeast(0).default(0.99).describe('How much of the mean of squared gradients stays from step to step.'),
      epsilon: epsilon(),
      momentum: atLeast(0).default(0).describe('Share of the update before that is added to each update.'),
      weightDecay: weightDecay(0),
    }),
    adam('adam', 0),
    adam('adamw', 0.01),
  ],
  { error: unionError('sgd, rmsprop, adam or adamw', '{ name: adam, learningRate: 0.001 }') },
);

function adam<const Name extends 'adam' | 'adamw'>(name: Name, decay: number) {
  return mapping({
    name: z.literal(name).describe(adamMeanings[name]),
    learningRate: learningRate(0.001),
    betas: z
      .tuple([share(), share()], { error: 'a list of two numbers from 0 to below 1' })
      .default([0.9, 0.999])
      .describe('How much of the means of gradients and of squared gradients stays from step to step.'),
    epsilon: epsilon(),
    weightDecay: weightDecay(decay, name === 'adamw'),
  });
}

const warmup = () =>
  whole(0).default(0).describe('Steps in which the learning rate first rises from 0, in a straight line.');

const decaySteps = () =>
  whole(1)
    .optional()
    .describe("Step at which the learning rate is 0. Default: the run's steps when it was first started.");

const schedule = z.discriminatedUnion(
  'name',
  [
    mapping({ name: z.literal('constant').describe('The rate stays.'), warmup: warmup() }),
    mapping({
      name: z.literal('cosine').describe('The rate falls to 0 along half a cosine.'),
      warmup: warmup(),
      steps: decaySteps(),
    }),
    mapping({
      name: z.literal('linear').describe('The rate falls to 0 in a straight line.'),
      warmup: warmup(),
      steps: decaySteps(),
    }),
    mapping({
      name: z.literal('step').describe('The rate is multiplied every so many steps.'),
      warmup: warmup(),
      every: whole(1).describe('Steps from one change of the rate to the next.'),
      gamma: above(0).describe('What the rate is multiplied by.'),
    }),
  ],
  { error: unionError('constant, cosine, linear or step', '{ name: cosine, warmup: 100 }') },
);

function unionError(names: string, example: string) {
  return (issue: { code?: string }) => (issue.code === 'invalid_union' ? names : `a mapping such as ${example}`);
}

const training = mapping({
  batch: size().describe('Sequences in a global batch: a multiple of shards.'),
  sequence: size().describe('Time steps of a sequence.'),
  shards: whole(1, 65536).describe(
    'Parts that a batch is cut into, each computed by one worker at a time. The result depends on them, not on the number of workers.',
  ),
  stateful: flag()
    .default(false)
    .describe('The state after a step is the first of the next, so that the model reads on where it stopped.'),
  optimizer: optimizer.describe("What turns gradients into new weights; PyTorch's meanings and defaults."),
  schedule: schedule
    .default({ name: 'constant', warmup: 0 })
    .describe('How the learning rate goes on from step to step.'),
  clipNorm: above(0)
    .optional()
    .describe('Largest norm of the whole gradient: a longer one is shortened to it. Default: none is.'),
  gradients: choice('float32', 'float16', 'bfloat16')
    .default('float32')
    .describe(
      'What gradients are summed in and travel in. 16 bits are half the bytes, and every node of the sum is rounded to them: float16 keeps 11 bits and overflows at 65504, bfloat16 keeps 8.',
    ),
  steps: whole(1).optional().describe('Length of the run in steps.'),
  epochs: whole(1).optional().describe('Length of the run in passes over the text.'),
  validateEvery: whole(1).default(200).describe('Steps from one validation to the next.'),
  checkpointEvery: whole(1).default(200).describe('Steps from one checkpoint to the next.'),
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
});

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
  spec: mapping({
    task: choice('language-model').describe('What the model learns: to predict the next symbol of a text.'),
    seed: whole(0, Number.MAX_SAFE_INTEGER).describe('Everything random follows from it.'),
    data: data.describe('What it learns from.'),
    model: model.describe('What learns.'),
    training: training.describe('How it learns.'),
    engine: choice('auto', 'webgpu', 'cpu', 'cpu-portable', 'webasm', 'js', 'reference')
      .default('auto')
      .describe('What computes; auto takes a real GPU where there is one, else cpu.'),
  }).describe('The job.'),
}).describe('A training job of Rondo.') satisfies z.ZodType<TrainingJob>;

/** JSON Schema of a spec file, for editors and for other tools. Relations between fields are not in it. */
export function jobSchema(): z.core.JSONSchema.BaseSchema {
  return { ...z.toJSONSchema(schema, { io: 'input' }), title: 'Rondo TrainingJob' };
}
