// The task `classification`: the class of a sequence of symbols or numbers.

import {
  type Column,
  type Columns,
  compareCodePoints,
  DataFault,
  type ExamplePlan,
  exampleValidation,
  floatColumn,
  integerColumn,
  parseTokenVocabulary,
  type TokenVocabulary,
  tokenVocabulary,
} from '@rondo/data';
import { classifier, type Model, type SequenceInput, type Tensors } from '@rondo/rnn-core';
import { accuracy, confusion, macroF1 } from '@rondo/scores';
import type { ClassificationJob } from '@rondo/spec';
import {
  type Layout,
  type Parts,
  partsOf,
  planAsked,
  planParts,
  type Split,
  sequenceLayout,
  splitOf,
  trainedOf,
} from './example-plan.ts';
import { givenSequences } from './given-sequences.ts';
import {
  type LabelledSequences,
  readLabelled,
  readUnlabelled,
  type SequenceFiles,
  type Sequences,
  trainingFiles,
  validationFiles,
} from './labelled-sequences.ts';
import { stackOf } from './language-model.ts';
import { likeliest } from './likeliest.ts';
import type { ExampleFiles, JobPlace, Preparation, Scorer, Task, TrainedExamples, UnjudgedExamples } from './task.ts';

/** Read for symbols that the training part does not have. */
const unknown = '<unk>';

/** What is learnt from the training data beside the weights. */
interface Learnt {
  /** Of symbols; absent where sequences are numbers. */
  readonly vocabulary: TokenVocabulary | undefined;
  /** Numbers a time step, where sequences are numbers. */
  readonly features: number;
  readonly classes: readonly string[];
}

export const classificationTask: Task<'classification'> = {
  async read(job, place) {
    const { learnt, parts } = await learn(job, place);
    const plans = planParts(parts, trainingLayout(job, parts.training, learnt), job);
    return {
      ...plans,
      model: modelOf(job, learnt),
      preparation: { ...learnt, vocabulary: learnt.vocabulary?.toJSON() },
      facts: [`${learnt.classes.length} classes`, ...vocabularyFact(learnt), ...plans.facts],
      scorer: (plan) => classScorer(plan, learnt.classes.length),
    };
  },
  restore(job, preparation) {
    const learnt = parseLearnt(preparation);
    return { model: modelOf(job, learnt), examples: askedOf(job, learnt) };
  },
};

/** @throws DataFault vocabulary-invalid. */
function parseLearnt({ vocabulary, features, classes }: Preparation): Learnt {
  const areClasses = Array.isArray(classes) && classes.every((name) => typeof name === 'string');
  if (!areClasses || typeof features !== 'number') {
    throw new DataFault('vocabulary-invalid', 'classes or features are missing; restore preparation.json');
  }
  const symbols = vocabulary === undefined ? undefined : parseTokenVocabulary(JSON.stringify(vocabulary));
  return { vocabulary: symbols, features, classes };
}

function askedOf({ data }: ClassificationJob, learnt: Learnt): TrainedExamples {
  const { classes } = learnt;
  const filesOf = ({ patterns, labels }: ExampleFiles): SequenceFiles => ({
    ...{ patterns, labels, field: '--data', labelsField: '--labels' },
  });
  return {
    async judged(files, place) {
      const plan = planAsked(columnsOf(await readLabelled(data, filesOf(files), place), learnt, '--data'), layout);
      return { plan, scorer: classScorer(plan, classes.length) };
    },
    async unjudged(files, place) {
      return asked(await readUnlabelled(data, filesOf(files), place), learnt);
    },
    given: (inputs) => asked(givenSequences(inputs, data.unit, learnt.features), learnt),
  };
}

function asked(sequences: Sequences, learnt: Learnt): UnjudgedExamples {
  const { classes } = learnt;
  return {
    plan: planAsked({ x: inputColumn(sequences, learnt, '--data') }, sequenceLayout),
    prediction({ logits }, lane) {
      const shares = softmax(logits.subarray(lane * classes.length, (lane + 1) * classes.length));
      const best = likeliest(shares);
      const probabilities = Object.fromEntries(classes.map((name, i) => [name, shares[i]]));
      return { class: classes[best], probability: shares[best], probabilities };
    },
  };
}

const vocabularyFact = ({ vocabulary }: Learnt) => (vocabulary === undefined ? [] : [`${vocabulary.size} symbols`]);

/** Reads the files; vocabulary and classes come from what is trained on, the classes of a held-out share too. */
async function learn({ data, seed }: ClassificationJob, place: JobPlace): Promise<{ learnt: Learnt; parts: Parts }> {
  const train = await readLabelled(data, trainingFiles(data), place);
  const files = validationFiles(data);
  const validate = files && (await readLabelled(data, files, place));
  const split = validate === undefined ? splitOf(train.labels.length, data, seed) : undefined;
  const classes = [...new Set(train.labels)].sort(compareCodePoints);
  const learnt = { classes, ...learntOf(train.sequences, split, data.minCount) };
  const read = columnsOf(train, learnt, 'spec.data.train');
  return { learnt, parts: partsOf(read, split, validate && columnsOf(validate, learnt, 'spec.data.validate')) };
}

function learntOf(
  sequences: Sequences,
  split: Split | undefined,
  minCount: number,
): Pick<Learnt, 'vocabulary' | 'features'> {
  if (sequences.kind === 'numbers') return { vocabulary: undefined, features: sequences.width };
  const trained = trainedOf(sequences.rows, split);
  return { vocabulary: tokenVocabulary(trained, { minCount, specials: [unknown] }), features: 0 };
}

/** @param field of the spec that names the files. @throws DataFault for a class that training does not have. */
function columnsOf({ sequences, labels }: LabelledSequences, learnt: Learnt, field: string): Columns {
  const numberOf = new Map(learnt.classes.map((name, number) => [name, number]));
  const stranger = labels.find((label) => !numberOf.has(label));
  if (stranger !== undefined) {
    const message = `class ${JSON.stringify(stranger)} is not among the ${learnt.classes.length} of the training data; leave it out`;
    throw new DataFault('data-value', message, field);
  }
  return {
    x: inputColumn(sequences, learnt, field),
    class: integerColumn(labels.map((label) => [numberOf.get(label) as number])),
  };
}

function inputColumn(sequences: Sequences, { vocabulary, features }: Learnt, field: string): Column {
  if (sequences.kind === 'numbers') {
    const { rows, width } = sequences;
    if (width === features) return floatColumn(rows, width);
    const message = `its sequences have ${width} numbers a time step, those of the training data ${features}`;
    throw new DataFault('data-format', message, field);
  }
  return integerColumn(sequences.rows.map((row) => (vocabulary as TokenVocabulary).encode(row)));
}

const layout: Layout = {
  ...sequenceLayout,
  feeds: [...sequenceLayout.feeds, { input: 'targets', as: 'single', column: 'class', padding: -1 }],
};

/** Examples of a class count by the number of all over that of the class, so that a mean one counts 1. */
function trainingLayout(
  { training }: ClassificationJob,
  { class: { values, starts } }: Columns,
  { classes }: Learnt,
): Layout {
  if (training.classWeights === 'none') return layout;
  const counts = new Float64Array(classes.length);
  for (const start of starts) counts[values[start]] += 1;
  const present = counts.filter((count) => count > 0).length;
  // A class that the held-out share alone has is never asked for.
  const weights = Float32Array.from(counts, (count) => (count === 0 ? 0 : starts.length / (present * count)));
  return { ...layout, feeds: [...layout.feeds, { input: 'classWeights', as: 'constant', values: weights }] };
}

function modelOf({ model, training }: ClassificationJob, { vocabulary, features, classes }: Learnt): Model {
  const input: SequenceInput =
    vocabulary === undefined
      ? { kind: 'numbers', features }
      : { kind: 'symbols', vocabulary: vocabulary.size, embedding: model.embedding as number };
  const { bidirectional, pooling, dropout, variational } = model;
  return classifier({
    ...stackOf(model),
    ...{ bidirectional, pooling, dropout, variational },
    classes: classes.length,
    input,
    weighted: training.classWeights !== 'none',
    smoothing: training.labelSmoothing,
  });
}

/** Accuracy and macro F1 of the likeliest classes. */
function classScorer(plan: ExamplePlan, classes: number): Scorer {
  const { examples } = exampleValidation(plan);
  const { values } = plan.columns.class;
  const [gold, predicted]: [number[], number[]] = [[], []];
  return {
    add(batch, shard, { logits }: Tensors) {
      examples(batch, shard).forEach((example, lane) => {
        gold.push(values[plan.columns.class.starts[example]]);
        predicted.push(likeliest(logits.subarray(lane * classes, (lane + 1) * classes)));
      });
    },
    scores() {
      const matrix = confusion(gold, predicted, classes);
      return { accuracy: accuracy(matrix), macroF1: macroF1(matrix) };
    },
  };
}

function softmax(logits: ArrayLike<number>): number[] {
  const largest = Math.max(...Array.from(logits));
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
