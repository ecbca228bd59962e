// What a job learns from: the `data` of each task.

import { z } from 'zod';
import { choice, columnNumber, flag, mapping, path, share, whole } from './kinds.ts';

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

export const taggingData = mapping({
  ...exampleFields,
  format: choice('columns', 'roles')
    .default('columns')
    .describe(
      'columns: CoNLL, a token a line with its tag, a blank line between sentences; files named .conllu or .conllup may have comments. roles: CoNLL-U Plus with semantic roles, each predicate an example.',
    ),
  token: columnNumber().default(1).describe('Of columns: the column of the token, 1 is the first and -1 the last.'),
  tag: columnNumber().default(-1).describe('Of columns: the column of the tag.'),
  scheme: choice('BIO', 'IOB1', 'BIOES', 'plain')
    .default('BIO')
    .describe(
      'Of columns: how tags mark spans, which F1 counts. plain: they do not, and F1 counts every token whose tag is not O.',
    ),
  lowercase: flag().default(false).describe('Words are read in lowercase; their characters stay as they are.'),
  zeroDigits: flag()
    .default(false)
    .describe('Every digit of a word is read as 0, so that numbers of one length are one word.'),
  minCount: whole(1).default(1).describe('Words that are rarer in the training part are read as <unk>.'),
});

export const translationData = mapping({
  ...exampleFields,
  source: columnName('the name of a column').optional().describe('Of a table: the column of what is read.'),
  target: columnName('the name of a column').optional().describe('Of a table: the column of what is written.'),
  targets: path('a file')
    .optional()
    .describe('Without a table: the file whose lines are written for the lines of train, one for each.'),
  validateTargets: path('a file').optional().describe('With targets and validate: what is written for its lines.'),
  unit: choice('word', 'character', 'byte-pair').describe('What the texts are cut into.'),
  merges: whole(1, 1_000_000)
    .optional()
    .describe(
      'Of byte-pair: how often the two neighbours that occur most often become one unit, learnt from both sides of the training part together.',
    ),
  minCount: whole(1)
    .default(1)
    .describe('Of words and characters: those that are rarer in the training part are read as <unk>.'),
});

const mostColumns = 1000;

/** A column's name, or a list of them. @param least how many. */
function columns(least: 0 | 1) {
  const error = `the name of a column, or a list of at most ${mostColumns} of them`;
  return z.union(
    [
      columnName('the name of a column').transform((name) => [name]),
      z
        .array(columnName('the name of a column'), { error: 'a list' })
        .min(least, { error: 'at least one column' })
        .max(mostColumns),
    ],
    { error },
  );
}

const scale = choice('standard', 'none')
  .default('standard')
  .describe('standard: every column is scaled to mean 0 and standard deviation 1 of the part that is trained on.');

export const forecastingData = mapping({
  train: files().describe(
    `Tables to learn from (CSV, TSV, JSONL, Parquet), a row a step in the order of time: ${whereFilesAre}`,
  ),
  validate: exampleFields.validate,
  validation: share()
    .default(0.1)
    .describe(
      'Without validate: the last share of every series, whose steps validate and are not trained on; 0: no validation.',
    ),
  targets: columns(1).describe('The columns that are forecast; what is known of them so far is read too.'),
  inputs: columns(0)
    .default([])
    .describe(
      'Further columns that are read, known up to the present step; a target among them is read as the file has it, too.',
    ),
  future: columns(0)
    .default([])
    .describe('Columns that are known for the steps to forecast, too, such as a calendar or a plan.'),
  series: columnName('the name of a column')
    .optional()
    .describe('The column that tells the series of a file apart. Default: a file is one series.'),
  past: whole(1, 100_000).describe('Steps that a forecast is made from.'),
  horizon: whole(1, 10_000).default(1).describe('Steps that are forecast.'),
  stride: whole(1).default(1).describe('Steps from one window that is trained on to the next.'),
  season: whole(2)
    .optional()
    .describe(
      'Steps of a season, such as 12 of months: of the naive forecast that repeats it, and of MASE. Default: none.',
    ),
  difference: whole(1)
    .optional()
    .describe(
      'Read and forecast the change of the targets from so many steps before: 1, or a season. Undone before anything is judged.',
    ),
  log: flag()
    .default(false)
    .describe('Read and forecast the logarithm of the targets, which are above 0. Undone before anything is judged.'),
  scale,
});

export const regressionData = mapping({
  ...exampleFields,
  format: choice('table', 'npy')
    .default('table')
    .describe(
      'table: CSV, TSV, JSONL or Parquet with named columns. npy: an array [sequences, time, features], beside one of values.',
    ),
  inputs: columns(1)
    .optional()
    .describe('Of a table: the columns that are read, of numbers, or of lists where a row is a sequence.'),
  targets: columns(1).optional().describe('Of a table: the columns of the values.'),
  sequence: columnName('the name of a column')
    .optional()
    .describe(
      "Of a table with a row a step: the column that tells sequences apart; a sequence's value is that of its last row. Default: a row is a sequence.",
    ),
  values: path('a file')
    .optional()
    .describe('Of npy: the array of values, [sequences, values] or, of every step, [sequences, time, values].'),
  validateValues: path('a file').optional().describe('Of npy with validate: the array of its values.'),
  scale,
});
