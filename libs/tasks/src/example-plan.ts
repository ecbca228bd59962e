// From columns of examples to plans of batches: too long ones left out, the rest in buckets of like length.

import {
  type Columns,
  chooseBuckets,
  DataFault,
  type ExamplePlan,
  type Feed,
  paddingShare,
  pick,
  splitExamples,
} from '@rondo/data';
import type { ExampleData, ExampleTraining } from '@rondo/spec';

/** How examples are laid out for a model. */
export interface Layout {
  readonly feeds: readonly Feed[];
  /** Axis → the column whose lengths it has to hold. */
  readonly axes: Readonly<Record<string, string>>;
}

/** The examples of a task that train, and those that validate. */
export interface Parts {
  readonly training: Columns;
  /** Undefined: nothing validates. */
  readonly validation: Columns | undefined;
}

/** Of a model that reads `x`, one sequence an example. */
export const sequenceLayout: Layout = {
  axes: { time: 'x' },
  feeds: [
    { input: 'x', as: 'sequence', column: 'x', axis: 'time', padding: 0 },
    { input: 'lengths', as: 'lengths', column: 'x' },
  ],
};

interface PlanOptions {
  readonly data: Pick<ExampleData, 'longest'>;
  readonly training: Pick<ExampleTraining, 'batch' | 'shards' | 'buckets'>;
  readonly seed: number;
}

/** Of examples that a trained model is asked about: none is left out. */
const askedOptions: PlanOptions = {
  data: { longest: Number.POSITIVE_INFINITY },
  training: { batch: 32, shards: 1, buckets: 8 },
  seed: 0,
};

/** A plan of examples that a trained model is asked about. @param columns of one example at the least. */
export function planAsked(columns: Columns, layout: Layout): ExamplePlan {
  const { training, ...rest } = askedOptions;
  const batch = Math.min(training.batch, sizeOf(columns));
  return planExamples(columns, layout, { ...rest, training: { ...training, batch } }) as ExamplePlan;
}

/** The numbers of the examples that train and that validate, where no files of their own do. */
export function splitOf(count: number, { validation, split }: ExampleData, seed: number): Split {
  const parts = splitExamples(count, validation, split, seed);
  if (parts.training.length > 0) return parts;
  const message = `${count} examples are too few to hold ${parts.validation.length} of them out; add examples, or make validation smaller`;
  throw new DataFault('data-too-few', message, 'spec.data.validation');
}

/** The numbers of examples that train and that validate. */
export type Split = ReturnType<typeof splitExamples>;

/** What is trained on. @param split undefined: all. */
export function trainedOf<Row>(rows: readonly Row[], split: Split | undefined): readonly Row[] {
  return split === undefined ? rows : Array.from(split.training, (example) => rows[example]);
}

/** @param split of `read`; undefined: all of it trains. @param validate examples of files of their own, without a split. */
export function partsOf(read: Columns, split: Split | undefined, validate: Columns | undefined): Parts {
  if (split === undefined) return { training: read, validation: validate };
  const { training, validation } = split;
  return { training: pick(read, training), validation: validation.length > 0 ? pick(read, validation) : undefined };
}

export interface Plans {
  readonly training: ExamplePlan;
  readonly validation: ExamplePlan | null;
  /** For people: how many examples there are, were left out, and are padded. */
  readonly facts: readonly string[];
}

/** @throws DataFault data-too-few when no example is short enough. */
export function planParts(parts: Parts, layout: Layout, options: PlanOptions): Plans {
  const training = planExamples(parts.training, layout, options);
  if (training === null) {
    const message = `no example is at most longest = ${options.data.longest} long; make longest larger`;
    throw new DataFault('data-too-few', message, 'spec.data.longest');
  }
  const validation = parts.validation === undefined ? null : planExamples(parts.validation, layout, options);
  const [trained, validated] = [countOf(training), validation === null ? 0 : countOf(validation)];
  const all = sizeOf(parts.training) + (parts.validation === undefined ? 0 : sizeOf(parts.validation));
  const tooLong = all - trained - validated;
  return {
    training,
    validation,
    facts: [
      `${trained} examples to train on`,
      ...(validation === null ? [] : [`${validated} to validate with`]),
      ...(tooLong === 0 ? [] : [`${tooLong} left out that are longer than ${options.data.longest}`]),
      `${training.extents.length} shapes, ${(100 * paddingShare(training, layout.axes)).toFixed(1)} % padding`,
    ],
  };
}

/** Null without an example that is short enough. */
function planExamples(
  columns: Columns,
  { feeds, axes }: Layout,
  { data: { longest }, training: { batch, shards, buckets }, seed }: PlanOptions,
): ExamplePlan | null {
  const bounded = Object.values(axes).map((column) => columns[column].lengths);
  const short = Int32Array.from({ length: sizeOf(columns) }, (_, i) => i).filter((i) =>
    bounded.every((lengths) => lengths[i] <= longest),
  );
  if (short.length === 0) return null;
  const kept = pick(columns, short);
  const lengths = Object.fromEntries(Object.entries(axes).map(([axis, column]) => [axis, kept[column].lengths]));
  return { kind: 'examples', columns: kept, feeds, ...chooseBuckets(lengths, buckets, batch), batch, shards, seed };
}

function sizeOf(columns: Columns): number {
  return Object.values(columns)[0].lengths.length;
}

const countOf = ({ bucketOf }: ExamplePlan) => bucketOf.length;
