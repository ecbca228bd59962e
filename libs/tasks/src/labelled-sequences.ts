// Sequences with a label each, as classification reads them: from tables, IDX images, or folders of .npy files.

import {
  DataFault,
  type DataFile,
  findFiles,
  type LabelledArray,
  readIdx,
  readNpyFolder,
  readTable,
  type Table,
  tokenize,
} from '@rondo/data';
import type { ClassificationData } from '@rondo/spec';
import { shapeFault } from './shape-fault.ts';
import type { JobPlace } from './task.ts';

/** What sequences consist of: symbols of a text, or numbers, `width` of them a time step. */
export type Sequences =
  | { readonly kind: 'symbols'; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'numbers'; readonly rows: readonly ArrayLike<number>[]; readonly width: number };

export interface LabelledSequences {
  readonly sequences: Sequences;
  readonly labels: readonly string[];
}

/** Some files of sequences. */
export interface SequenceFiles {
  readonly patterns: readonly string[];
  /** Of the spec: `spec.data.train`; of the command line: `--data`. */
  readonly field: string;
  /** Of IDX images. */
  readonly labels: string | undefined;
  readonly labelsField: string;
}

export function trainingFiles({ train, labels }: ClassificationData): SequenceFiles {
  return { patterns: train, labels, field: 'spec.data.train', labelsField: 'spec.data.labels' };
}

/** Undefined where a share of the training files validates. */
export function validationFiles({ validate, validateLabels }: ClassificationData): SequenceFiles | undefined {
  if (validate === undefined) return undefined;
  return {
    patterns: validate,
    labels: validateLabels,
    field: 'spec.data.validate',
    labelsField: 'spec.data.validateLabels',
  };
}

/** @throws DataFault that names the file and its line. */
export async function readLabelled(
  data: ClassificationData,
  files: SequenceFiles,
  place: JobPlace,
): Promise<LabelledSequences> {
  const { sequences, labels } = await readers[data.format](data, files, place);
  return { sequences, labels: await labels() };
}

/** The sequences alone. @throws DataFault that names the file and its line. */
export async function readUnlabelled(
  data: ClassificationData,
  files: SequenceFiles,
  place: JobPlace,
): Promise<Sequences> {
  const { sequences } = await readers[data.format](data, files, place);
  return sequences;
}

type Reader = (
  data: ClassificationData,
  files: SequenceFiles,
  place: JobPlace,
) => Promise<{ readonly sequences: Sequences; labels(): Promise<readonly string[]> }>;

const readers: { readonly [format in ClassificationData['format']]: Reader } = {
  async table({ input, label, unit }, { patterns, field }, { base, root }) {
    const tables: [DataFile, Table][] = [];
    for (const file of await findFiles(patterns, base, { root, field })) tables.push([file, await readTable(file)]);
    const sequences = joined(tables.map(([file, table]) => sequencesOf(file, table, input as string, unit)));
    return { sequences, labels: async () => tables.flatMap(([file, table]) => labelsOf(file, table, label as string)) };
  },

  /** Images [N, rows, columns], read row by row: a pixel of a byte from 0 to 1, others as they are. */
  async idx(_data, { patterns, labels, field, labelsField }, place) {
    const [file, ...others] = await findFiles(patterns, place.base, { ...place, field });
    if (others.length > 0) {
      const message = `${patterns.join(', ')} name ${others.length + 1} files; IDX images are one file, with one of labels`;
      throw new DataFault('data-format', message, field);
    }
    const images = await readIdx(file);
    const [count, height, width] = images.shape;
    if (images.shape.length !== 3) throw shapeFault(file, images.shape, '[images, rows, columns]');
    const largest = images.data instanceof Uint8Array ? 255 : 1;
    const pixels = Float32Array.from(images.data, (value) => value / largest);
    const rows = Array.from({ length: count }, (_, i) => pixels.subarray(i * height * width, (i + 1) * height * width));
    return {
      sequences: { kind: 'numbers', rows, width },
      labels: () => readClasses(labels, labelsField, place, { name: file.name, count }),
    };
  },

  /** `<class>/<name>.npy` below a folder, each [time, features] or [time]. */
  async npy(_data, { patterns, field }, { base, root }) {
    const arrays: LabelledArray[] = [];
    for (const folder of patterns) arrays.push(...(await readNpyFolder(folder, base, { root, field })));
    const width = arrays[0].array.shape[1] ?? 1;
    for (const { array, file } of arrays) {
      const fits = array.shape.length <= 2 && (array.shape[1] ?? 1) === width && array.data.length > 0;
      if (!fits) throw new DataFault('data-format', `${file} is [${array.shape}], expected [time, ${width}]`, field);
    }
    const rows = arrays.map(({ array }) => Float32Array.from(array.data));
    return {
      sequences: { kind: 'numbers', rows, width },
      labels: async () => arrays.map(({ label }) => label),
    };
  },
};

function sequencesOf(file: DataFile, table: Table, input: string, unit: ClassificationData['unit']): Sequences {
  const sequences: Sequences =
    unit === undefined
      ? { kind: 'numbers', rows: table.lists(input), width: 1 }
      : { kind: 'symbols', rows: table.texts(input).map((text) => symbolsOf(text, unit)) };
  const empty = sequences.rows.findIndex(({ length }) => length === 0);
  if (empty < 0) return sequences;
  const message = `${table.where(empty)}: column ${JSON.stringify(input)} is empty; a sequence has at least one element`;
  throw new DataFault('data-value', message, file.specPath);
}

/** @throws DataFault for a row without one. */
function labelsOf(file: DataFile, table: Table, column: string): string[] {
  const labels = table.texts(column);
  const gap = labels.findIndex((label) => label.trim() === '');
  if (gap < 0) return labels;
  const message = `${table.where(gap)}: column ${JSON.stringify(column)} has no label; fill it in, or leave the row out`;
  throw new DataFault('data-value', message, file.specPath);
}

export function symbolsOf(text: string, unit: 'word' | 'character'): string[] {
  return tokenize(text, unit === 'word' ? 'words' : 'characters');
}

function joined(parts: readonly Sequences[]): Sequences {
  const [first] = parts;
  return { ...first, rows: parts.flatMap(({ rows }) => rows as readonly never[]) };
}

/** @param images that the classes belong to. */
async function readClasses(
  pattern: string | undefined,
  field: string,
  place: JobPlace,
  images: { readonly name: string; readonly count: number },
): Promise<string[]> {
  if (pattern === undefined) throw new DataFault('data-missing', `${field} is missing: the file of the classes`, field);
  const [file] = await findFiles(pattern, place.base, { ...place, field });
  const { shape, data } = await readIdx(file);
  if (shape.length !== 1) throw shapeFault(file, shape, '[images]');
  if (shape[0] === images.count) return Array.from(data, String);
  const message = `${file.name} has ${shape[0]} labels, and ${images.name} ${images.count} images; name files that belong together`;
  throw new DataFault('data-format', message, file.specPath);
}
