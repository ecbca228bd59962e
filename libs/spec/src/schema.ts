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
  text: z.union(
    [
      path('a file or a glob').transform((pattern) => [pattern]),
      z
        .array(path('a file or a glob'), { error: 'a list' })
        .min(1, { error: 'at least one file or glob' })
        .max(mostPaths),
    ],
    { error: `a file or a glob of at most ${longestPath} characters, or a list of at most ${mostPaths} of them` },
  ),
  unit: choice('character', 'byte', 'word'),
  validation: share().default(0.1),
});

/** Wide tensors are refused for the machine's memory, where it is known; these bounds keep sizes exact. */
const size = () => whole(1, 2 ** 24);

const model = mapping({
  cell: choice('lstm', 'gru', 'rnn'),
  activation: choice('tanh', 'relu', 'sigmoid').default('tanh'),
  reset: choice('after', 'before').default('after'),
  layers: whole(1, 1000),
  hidden: size(),
  embedding: size(),
  dropout: share().default(0),
  tied: flag().default(false),
  initial: path('a safetensors file').optional(),
});

/** Defaults and ranges are those of torch.optim (PyTorch 2). */
const optimizer = z.discriminatedUnion(
  'name',
  [
    mapping({
      name: z.literal('sgd'),
      learningRate: atLeast(0).default(0.001),
      momentum: atLeast(0).default(0),
      dampening: atLeast(0).default(0),
      nesterov: flag().default(false),
      weightDecay: atLeast(0).default(0),
    }),
    mapping({
      name: z.literal('rmsprop'),
      learningRate: atLeast(0).default(0.01),
      alpha: atLeast(0).default(0.99),
      epsilon: atLeast(0).default(1e-8),
      momentum: atLeast(0).default(0),
      weightDecay: atLeast(0).default(0),
    }),
    adam('adam', 0),
    adam('adamw', 0.01),
  ],
  { error: unionError('sgd, rmsprop, adam or adamw', '{ name: adam, learningRate: 0.001 }') },
);

function adam<const Name extends 'adam' | 'adamw'>(name: Name, weightDecay: number) {
  return mapping({
    name: z.literal(name),
    learningRate: atLeast(0).default(0.001),
    betas: z.tuple([share(), share()], { error: 'a list of two numbers from 0 to below 1' }).default([0.9, 0.999]),
    epsilon: atLeast(0).default(1e-8),
    weightDecay: atLeast(0).default(weightDecay),
  });
}

const warmup = () => whole(0).default(0);

const schedule = z.discriminatedUnion(
  'name',
  [
    mapping({ name: z.literal('constant'), warmup: warmup() }),
    mapping({ name: z.literal('cosine'), warmup: warmup(), steps: whole(1).optional() }),
    mapping({ name: z.literal('linear'), warmup: warmup(), steps: whole(1).optional() }),
    mapping({ name: z.literal('step'), warmup: warmup(), every: whole(1), gamma: above(0) }),
  ],
  { error: unionError('constant, cosine, linear or step', '{ name: cosine, warmup: 100 }') },
);

function unionError(names: string, example: string) {
  return (issue: { code?: string }) => (issue.code === 'invalid_union' ? names : `a mapping such as ${example}`);
}

const training = mapping({
  batch: size(),
  sequence: size(),
  shards: whole(1, 65536),
  stateful: flag().default(false),
  optimizer,
  schedule: schedule.default({ name: 'constant', warmup: 0 }),
  clipNorm: above(0).optional(),
  gradients: choice('float32', 'float16', 'bfloat16').default('float32'),
  steps: whole(1).optional(),
  epochs: whole(1).optional(),
  validateEvery: whole(1).default(200),
  checkpointEvery: whole(1).default(200),
  keep: whole(1).default(3),
  minWorkers: whole(1).default(1),
  mixed: flag().default(false),
  audit: fraction().default(0),
});

export const schema = mapping({
  apiVersion: choice('rondo.dev/v1'),
  kind: choice('TrainingJob'),
  metadata: mapping({
    name: z.string({ error: metadataName }).regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, { error: metadataName }),
    ...forKubernetes,
  }).transform(({ name }) => ({ name })),
  spec: mapping({
    task: choice('language-model'),
    seed: whole(0, Number.MAX_SAFE_INTEGER),
    data,
    model,
    training,
    engine: choice('auto', 'webgpu', 'cpu', 'cpu-portable', 'webasm', 'js', 'reference').default('auto'),
  }),
}) satisfies z.ZodType<TrainingJob>;

/** JSON Schema of a spec file, for editors and for other tools. Relations between fields are not in it. */
export function jobSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema, { io: 'input' });
}
