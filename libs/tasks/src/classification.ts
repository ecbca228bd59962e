// The task `classification`: the class of a sequence of symbols or numbers.

import {
  type Columns,
  compareCodePoints,
  DataFault,
  type ExamplePlan,
  exampleValidation,
  floatColumn,
  integerColumn,
  pick,
  type TokenVocabulary,
  tokenVocabulary,
} from '@rondo/data';
import { classifier, type Model, type SequenceInput, type Tensors } from '@rondo/rnn-core';
import { accuracy, confusion, macroF1 } from '@rondo/scores';
import type { ClassificationJob } from '@rondo/spec';
import { type Layout, type Parts, planParts, splitOf } from './example-plan.ts';
import {
  type LabelledSequences,
  readLabelled,
  type Sequences,
  trainingFiles,
  validationFiles,
} from './labelled-sequences.ts';
import { cellOf } from './language-model.ts';
import type { JobPlace, Scorer, Task } from './task.ts';

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
    const plans = planParts(parts, layout, job);
    return {
      ...plans,
      model: modelOf(job, learnt),
      preparation: { ...learnt, vocabulary: learnt.vocabulary?.toJSON() },
      facts: [`${learnt.classes.length} classes`, ...vocabularyFact(learnt), ...plans.facts],
      scorer: (plan) => classScorer(plan, learnt.classes.length),
    };
  },
};

const vocabularyFact = ({ vocabulary }: Learnt) => (vocabulary === undefined ? [] : [`${vocabulary.size} symbols`]);

/** Reads the files; vocabulary and classes come from what is trained on, the classes of a held-out share too. */
async function learn({ data, seed }: ClassificationJob, place: JobPlace): Promise<{ learnt: Learnt; parts: Parts }> {
  const train = await readLabelled(data, trainingFiles(data), place);
  const files = validationFiles(data);
  const validate = files && (await readLabelled(data, files, place));
  const split = validate === undefined ? splitOf(train.labels.length, data, seed) : undefined;
  const classes = [...new Set(train.labels)].sort(compareCodePoints);
  const learnt = { classes, ...learntOf(train.sequences, split?.training, data.minCount) };
  const all = columnsOf(train, learnt, 'spec.data.train');
  const validation =
    validate !== undefined
      ? columnsOf(validate, learnt, 'spec.data.validate')
      : split && split.validation.length > 0
        ? pick(all, split.validation)
        : undefined;
  return { learnt, parts: { training: split === undefined ? all : pick(all, split.training), validation } };
}

/** @param examples that are trained on; undefined: all. */
function learntOf(
  sequences: Sequences,
  examples: Int32Array | undefined,
  minCount: number,
): Pick<Learnt, 'vocabulary' | 'features'> {
  if (sequences.kind === 'numbers') return { vocabulary: undefined, features: sequences.width };
  const { rows } = sequences;
  const trained = examples === undefined ? rows : Array.from(examples, (example) => rows[example]);
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
  if (sequences.kind === 'numbers' && sequences.width !== learnt.features) {
    const message = `its sequences have ${sequences.width} numbers a time step, the training data ${learnt.features}`;
    throw new DataFault('data-format', message, field);
  }
  return {
    x: inputColumn(sequences, learnt),
    class: integerColumn(labels.map((label) => [numberOf.get(label) as number])),
  };
}

function inputColumn(sequences: Sequences, { vocabulary }: Learnt) {
  if (sequences.kind === 'numbers') return floatColumn(sequences.rows, sequences.width);
  return integerColumn(sequences.rows.map((row) => (vocabulary as TokenVocabulary).encode(row)));
}

const layout: Layout = {
  axes: { time: 'x' },
  feeds: [
    { input: 'x', as: 'sequence', column: 'x', axis: 'time', padding: 0 },
    { input: 'lengths', as: 'lengths', column: 'x' },
    { input: 'targets', as: 'single', column: 'class', padding: -1 },
  ],
};

function modelOf({ model }: ClassificationJob, { vocabulary, features, classes }: Learnt): Model {
  const input: SequenceInput =
    vocabulary === undefined
      ? { kind: 'numbers', features }
      : { kind: 'symbols', vocabulary: vocabulary.size, embedding: model.embedding as number };
  const { layers, hidden, bidirectional, pooling, dropout } = model;
  return classifier({
    cell: cellOf(model),
    ...{ layers, hidden, bidirectional, pooling, dropout },
    classes: classes.length,
    input,
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

/** The first of the largest. */
function likeliest(scores: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i] > scores[best]) best = i;
  return best;
}
