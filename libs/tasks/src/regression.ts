// The task `regression`: a value, or several, of a sequence of numbers or of each of its steps.

import { type Columns, DataFault, type ExamplePlan, exampleValidation, floatColumn } from '@rondo/data';
import { type Model, regressor, type Tensors } from '@rondo/rnn-core';
import { mse, r2 } from '@rondo/scores';
import type { RegressionData, RegressionJob } from '@rondo/spec';
import { type Layout, partsOf, planAsked, planParts, sequenceLayout, splitOf, trainedOf } from './example-plan.ts';
import { givenNumbers } from './given-sequences.ts';
import { stackOf } from './language-model.ts';
import { areScales, learnScales, type Scale, scaled } from './scales.ts';
import type { ExampleFiles, JobPlace, Preparation, Scorer, Task, TrainedExamples, UnjudgedExamples } from './task.ts';
import { readValued, type ValuedFiles, type ValuedSequences } from './valued-sequences.ts';

/** What is learnt from the training data beside the weights. */
interface Learnt {
  readonly inputs: readonly Scale[];
  readonly values: readonly Scale[];
  /** What each value is called. */
  readonly names: readonly string[];
}

export const regressionTask: Task<'regression'> = {
  async read(job, place) {
    const { learnt, parts } = await learn(job, place);
    const plans = planParts(parts, layoutOf(isEvery(job)), job);
    return {
      ...plans,
      model: modelOf(job, learnt),
      preparation: { ...learnt },
      facts: [`${learnt.inputs.length} numbers a step`, ...plans.facts],
      scorer: (plan) => valueScorer(plan, learnt, isEvery(job)),
    };
  },
  restore(job, preparation) {
    const learnt = parseLearnt(preparation);
    return { model: modelOf(job, learnt), examples: askedOf(job, learnt) };
  },
};

const isEvery = ({ model }: RegressionJob) => model.output === 'every';
const toldPer = (job: RegressionJob) => (isEvery(job) ? 'step' : 'sequence');

/** Reads the files; scales come from what is trained on. */
async function learn(job: RegressionJob, place: JobPlace) {
  const { data, seed } = job;
  const train = await readValued(data, trainingFiles(data), place, toldPer(job));
  const files = validationFiles(data);
  const validate = files && (await readValued(data, files, place, toldPer(job)));
  const split = validate === undefined ? splitOf(train.inputs.length, data, seed) : undefined;
  const learnt: Learnt = {
    inputs: learnScales(trainedOf(train.inputs, split), train.features, data.scale),
    values: learnScales(trainedOf(train.values, split), train.names.length, data.scale),
    names: train.names,
  };
  const read = columnsOf(train, learnt, 'spec.data.train');
  return { learnt, parts: partsOf(read, split, validate && columnsOf(validate, learnt, 'spec.data.validate')) };
}

function trainingFiles({ train, values }: RegressionData): ValuedFiles {
  return { patterns: train, values, field: 'spec.data.train', valuesField: 'spec.data.values' };
}

/** Undefined where a share of the training files validates. */
function validationFiles({ validate, validateValues }: RegressionData): ValuedFiles | undefined {
  if (validate === undefined) return undefined;
  const fields = { field: 'spec.data.validate', valuesField: 'spec.data.validateValues' };
  return { patterns: validate, values: validateValues, ...fields };
}

/** @param field that names the files. @throws DataFault for other numbers of columns than training has. */
function columnsOf({ inputs, features, values, names }: ValuedSequences, learnt: Learnt, field: string): Columns {
  const check = (what: string, has: number, trained: number) => {
    if (has === trained) return;
    throw new DataFault('data-format', `it has ${has} ${what}, and the training data ${trained}`, field);
  };
  check('numbers a step', features, learnt.inputs.length);
  const x = floatColumn(
    inputs.map((row) => scaled(row, learnt.inputs)),
    features,
  );
  if (values.length === 0) return { x };
  check('values', names.length, learnt.names.length);
  const y = floatColumn(
    values.map((row) => scaled(row, learnt.values)),
    names.length,
  );
  return { x, y };
}

function layoutOf(every: boolean): Layout {
  const targets = { input: 'targets', column: 'y', padding: 0 } as const;
  const weights = { input: 'weights', as: 'present', column: 'y' } as const;
  const feeds: Layout['feeds'] = every
    ? [
        { ...targets, as: 'sequence', axis: 'time' },
        { ...weights, axis: 'time' },
      ]
    : [{ ...targets, as: 'single' }, weights];
  return { ...sequenceLayout, feeds: [...sequenceLayout.feeds, ...feeds] };
}

function modelOf({ model, training }: RegressionJob, learnt: Learnt): Model {
  const { bidirectional, output, dropout, variational } = model;
  return regressor({
    ...stackOf(model),
    ...{ bidirectional, output, dropout, variational },
    features: learnt.inputs.length,
    outputs: learnt.names.length,
    lastTells: false,
    loss: { kind: training.loss, delta: training.delta },
  });
}

/** Where a model's values of a lane lie, and how they are scaled back. */
function toldOf(
  values: Tensors[string],
  lane: number,
  lanes: number,
  steps: number,
  scales: readonly Scale[],
): number[] {
  const width = scales.length;
  return Array.from({ length: steps * width }, (_, i) => {
    const { mean, deviation } = scales[i % width];
    return values[(Math.floor(i / width) * lanes + lane) * width + (i % width)] * deviation + mean;
  });
}

/** Mean squared error over all values, and R², the mean over the values' names, in the unit of the files. */
function valueScorer(plan: ExamplePlan, learnt: Learnt, every: boolean): Scorer {
  const { examples } = exampleValidation(plan);
  const { y } = plan.columns;
  const [lanes, width] = [plan.batch / plan.shards, learnt.names.length];
  const [actual, told]: [number[][], number[][]] = [learnt.names.map(() => []), learnt.names.map(() => [])];
  return {
    add(batch, shard, { values }) {
      examples(batch, shard).forEach((example, lane) => {
        const steps = every ? y.lengths[example] : 1;
        toldOf(values, lane, lanes, steps, learnt.values).forEach((value, i) => {
          const { mean, deviation } = learnt.values[i % width];
          const came = y.values[y.starts[example] * width + i] * deviation + mean;
          if (Number.isNaN(came)) return;
          actual[i % width].push(came);
          told[i % width].push(value);
        });
      });
    },
    scores() {
      const determination = actual.map((came, i) => r2(came, told[i]));
      return { mse: mse(actual.flat(), told.flat()), r2: determination.reduce((sum, value) => sum + value, 0) / width };
    },
  };
}

function askedOf(job: RegressionJob, learnt: Learnt): TrainedExamples {
  const filesOf = ({ patterns, labels }: ExampleFiles): ValuedFiles => ({
    ...{ patterns, values: labels, field: '--data', valuesField: '--labels' },
  });
  return {
    async judged(files, place) {
      const sequences = await readValued(job.data, filesOf(files), place, toldPer(job));
      const plan = planAsked(columnsOf(sequences, learnt, '--data'), layoutOf(isEvery(job)));
      return { plan, scorer: valueScorer(plan, learnt, isEvery(job)) };
    },
    async unjudged(files, place) {
      return asked(job, await readValued(job.data, filesOf(files), place, 'unknown'), learnt);
    },
    given(examples) {
      const features = learnt.inputs.length;
      const inputs = examples.map((example, i) => givenNumbers(example, i, features));
      return asked(job, { inputs, features, values: [], names: [] }, learnt);
    },
  };
}

function asked(job: RegressionJob, sequences: ValuedSequences, learnt: Learnt): UnjudgedExamples {
  const plan = planAsked(columnsOf(sequences, learnt, '--data'), sequenceLayout);
  const width = learnt.names.length;
  return {
    plan,
    prediction({ values }, lane, lanes, example) {
      const steps = isEvery(job) ? plan.columns.x.lengths[example] : 1;
      const told = toldOf(values, lane, lanes, steps, learnt.values);
      const named = learnt.names.map((name, n) => {
        const ofName = told.filter((_, i) => i % width === n);
        return [name, isEvery(job) ? ofName : ofName[0]];
      });
      return { values: Object.fromEntries(named) };
    },
  };
}

/** @throws DataFault vocabulary-invalid. */
function parseLearnt(preparation: Preparation): Learnt {
  const { inputs, values, names } = preparation as Partial<Learnt>;
  const areNames = Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (areNames && areScales(inputs, inputs?.length ?? 0) && areScales(values, names.length))
    return { inputs, values, names };
  throw new DataFault(
    'vocabulary-invalid',
    'scales or names are missing, or do not belong together; restore preparation.json',
  );
}
