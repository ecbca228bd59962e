// Sequences with a label each, as classification reads them: from tables, IDX images, or folders of .npy files.

import { type DataFile, DataFault, findFiles, readIdx, readNpyFolder, readTable, tokenize } from '@rondo/data';
import type { ClassificationData } from '@rondo/spec';
import type { JobPlace } from './task.ts';

/** What sequences consist of: symbols of a text, or numbers, `width` of them a time step. */
export type Sequences =
  | { readonly kind: 'symbols'; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'numbers'; readonly rows: readonly ArrayLike<number>[]; readonly width: number };

export interface LabelledSequences {
  readonly sequences: Sequences;
  readonly labels: readonly string[];
}

/** The files of one part: training, or validation. */
interface PartFiles {
  readonly patterns: readonly string[];
  /** Of IDX images. */
  readonly labels: string | undefined;
  /** Of the spec: `spec.data.train`. */
  readonly field: string;
  readonly labelsField: string;
}

export function trainingFiles({ train, labels }: ClassificationData): PartFiles {
  return { patterns: train, labels, field: 'spec.data.train', labelsField: 'spec.data.labels' };
}

/** Undefined where a share of the training files validates. */
export function validationFiles({ validate, validateLabels }: ClassificationData): PartFiles | undefined {
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
  files: PartFiles,
  place: JobPlace,
): Promise<LabelledSequences> {
  switch (data.format) {
    case 'table':
      return readTables(data, files, place);
    case 'idx':
      return readImages(files, place);
    case 'npy':
      return readArrays(files, place);
  }
}

async function readTables(
  { input, label, unit }: ClassificationData,
  { patterns, field }: PartFiles,
  { base, root }: JobPlace,
): Promise<LabelledSequences> {
  const parts: LabelledSequences[] = [];
  for (const file of await findFiles(patterns, base, { root, field })) {
    const table = await readTable(file);
    const labels = table.texts(label as string);
    const sequences: Sequences =
      unit === undefined
        ? { kind: 'numbers', rows: table.lists(input as string), width: 1 }
        : { kind: 'symbols', rows: table.texts(input as string).map((text) => symbolsOf(text, unit)) };
    const empty = sequences.rows.findIndex(({ length }) => length === 0);
    if (empty >= 0) {
      const message = `${table.where(empty)}: column ${JSON.stringify(input)} is empty; a sequence has at least one element`;
      throw new DataFault('data-value', message, file.specPath);
    }
    parts.push({ sequences, labels });
  }
  return { sequences: joined(parts.map(({ sequences }) => sequences)), labels: parts.flatMap(({ labels }) => labels) };
}

export function symbolsOf(text: string, unit: 'word' | 'character'): string[] {
  return tokenize(text, unit === 'word' ? 'words' : 'characters');
}

function joined(parts: readonly Sequences[]): Sequences {
  const [first] = parts;
  return { ...first, rows: parts.flatMap(({ rows }) => rows as readonly never[]) };
}

/** Images [N, rows, columns] of bytes, read row by row: a pixel from 0 to 1. */
async function readImages({ patterns, labels, field, labelsField }: PartFiles, place: JobPlace): Promise<LabelledSequences> {
  const [imageFile, ...others] = await findFiles(patterns, place.base, { ...place, field });
  const [labelFile] = await findFiles(labels as string, place.base, { ...place, field: labelsField });
  if (others.length > 0) {
    const message = `${patterns.join(', ')} name ${others.length + 1} files; IDX images are one file, with one of labels`;
    throw new DataFault('data-format', message, field);
  }
  const [images, classes] = [await readIdx(imageFile), await readIdx(labelFile)];
  const [count, height, width] = images.shape;
  if (images.shape.length !== 3) throw shapeFault(imageFile, images.shape, '[images, rows, columns]');
  if (classes.shape.length !== 1) throw shapeFault(labelFile, classes.shape, '[images]');
  if (classes.shape[0] !== count) {
    const message = `${labelFile.name} has ${classes.shape[0]} labels, and ${imageFile.name} ${count} images; name files that belong together`;
    throw new DataFault('data-format', message, labelFile.specPath);
  }
  const pixels = Float32Array.from(images.data, (value) => value / 255);
  const rows = Array.from({ length: count }, (_, i) => pixels.subarray(i * height * width, (i + 1) * height * width));
  return { sequences: { kind: 'numbers', rows, width }, labels: Array.from(classes.data, String) };
}

/** `<class>/<name>.npy` below a folder, each [time, features] or [time]. */
async function readArrays({ patterns, field }: PartFiles, { base, root }: JobPlace): Promise<LabelledSequences> {
  const arrays = [];
  for (const folder of patterns) arrays.push(...(await readNpyFolder(folder, base, { root, field })));
  const width = arrays[0].array.shape[1] ?? 1;
  for (const { array, file } of arrays) {
    const fits = array.shape.length <= 2 && (array.shape[1] ?? 1) === width && array.data.length > 0;
    if (!fits) throw new DataFault('data-format', `${file} is [${array.shape}], expected [time, ${width}]`, field);
  }
  const rows = arrays.map(({ array }) => Float32Array.from(array.data));
  return { sequences: { kind: 'numbers', rows, width }, labels: arrays.map(({ label }) => label) };
}

function shapeFault({ name, specPath }: DataFile, shape: readonly number[], expected: string): DataFault {
  return new DataFault('data-format', `${name} is [${shape}], expected ${expected}`, specPath);
}
