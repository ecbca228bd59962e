// What a job learns from: the `data` of each task.

import { z } from 'zod';
import { choice, mapping, path, share, whole } from './kinds.ts';

const mostFiles = 1000;

/** One file or glob, or a list of them. */
function files() {
  const error = `a file or a glob of at most 1000 characters, or a list of at most ${mostFiles} of them`;
  return z.union(
    [
      path('a file or a glob').transform((pattern) => [pattern]),
      z
        .array(path('a file or a glob'), { error: 'a list' })
        .min(1, { error: 'at least one file or glob' })
        .max(mostFiles),
    ],
    { error },
  );
}

const whereFilesAre = "relative to this file; of a submitted spec relative to the coordinator's --data-root.";

export const textData = mapping({
  text: files().describe(`Text files or globs, in this order: ${whereFilesAre}`),
  unit: choice('character', 'byte', 'word', 'byte-pair').describe(
    'What the text is cut into: the symbols that the model reads and predicts. byte-pair: symbols between characters and words, learnt from the text (Sennrich et al. 2016).',
  ),
  merges: whole(1, 65_536)
    .optional()
    .describe('Of byte-pair units: how often the two neighbours seen most are made one symbol.'),
  validation: share()
    .default(0.1)
    .describe('The last share of the text, which validates and is not trained on; 0: no validation.'),
});

const columnName = (what: string) => path(what);

/** What every task has that learns from a set of examples. */
const exampleFields = {
  train: files().describe(`Files or globs to learn from: ${whereFilesAre}`),
  validate: files().optional().describe('Files or globs to validate with, which are not trained on.'),
  validation: share()
    .default(0.1)
    .describe('Without validate: the share of the examples that validates and is not trained on; 0: no validation.'),
  split: choice('random', 'last')
    .default('random')
    .describe('Which examples that share is: drawn from the seed, or the last ones.'),
  longest: whole(1)
    .default(1000)
    .describe('Longest sequence in time steps: longer examples are left out, and their number is logged.'),
};

export const classificationData = mapping({
  ...exampleFields,
  format: choice('table', 'idx', 'npy')
    .default('table')
    .describe(
      'table: CSV, TSV, JSONL or Parquet with named columns. idx: images as in MNIST, read row by row. npy: a folder of .npy files for each class, of which each is [time, features].',
    ),
  input: columnName('the name of a column')
    .optional()
    .describe('Of a table: the column of the sequences, texts or (JSONL) lists of numbers.'),
  label: columnName('the name of a column').optional().describe('Of a table: the column of the classes.'),
  labels: path('a file').optional().describe('Of idx: the file of the classes.'),
  validateLabels: path('a file').optional().describe('Of idx with validate: the file of its classes.'),
  unit: choice('word', 'character').optional().describe('Of texts: what they are cut into.'),
  minCount: whole(1).default(1).describe('Of texts: symbols that are rarer in the training part are read as <unk>.'),
});
