// Examples in memory and streams, of every task that reads examples: what files of the same content give.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ExampleRun } from './example-run.ts';
import { loadRun } from './load-run.ts';
import { untrainedRun } from './testing/run-folder.ts';

async function examplesRun(
  files: Readonly<Record<string, string>>,
  spec: string,
): Promise<{ run: ExampleRun; base: string }> {
  const base = await untrainedRun(files, spec);
  const run = await loadRun(base, { engine: 'reference' });
  if (run.task === 'language-model') throw new Error('a task of examples was asked for');
  return { run, base };
}

const flows = `id,flow,heat,level
a,1,0.5,3
a,2,0.25,2.5
a,4,0,7
b,3,-1,1
b,2.5,2,0.5
`;
const flowsGiven = [
  [
    [1, 0.5],
    [2, 0.25],
    [4, 0],
  ],
  [Float32Array.of(3, -1), Float32Array.of(2.5, 2)],
];

function regression(output: 'last' | 'mean' | 'every', more = '') {
  return examplesRun(
    { 'flows.csv': flows },
    `
  task: regression
  seed: 5
  data: { train: flows.csv, sequence: id, inputs: [flow, heat], targets: [level], validation: 0 }
  model: { cell: gru, layers: 2, hidden: 4, output: ${output}${more} }
  training: { batch: 2, shards: 1, optimizer: { name: adam }, epochs: 1 }
`,
  );
}

test.each(['last', 'mean', 'every'] as const)('regression, output %s', async (output) => {
  const { run, base } = await regression(output);
  const predictions = await run.predict(flowsGiven);
  expect(predictions).toEqual(await run.predictFiles('flows.csv', { base }));
  const told = predictions.map(({ values }) => (values as { level: number | number[] }).level);
  expect(told.map((level) => [level].flat().length)).toEqual(output === 'every' ? [3, 2] : [1, 1]);
  expect(told.flat().every(Number.isFinite)).toBe(true);
  await expect(run.predict([[[1, 2]], [[1, 2, 3]]])).rejects.toMatchObject({
    code: 'data-value',
    message: 'example 1 is no such list at step 0; a list of time steps of 2 numbers each was expected',
  });
  await run.dispose();
});

test('a stream tells a value of every step, as predict does of the whole', async () => {
  const { run } = await regression('every');
  const [whole] = await run.predict([flowsGiven[0]]);
  const stream = run.stream();
  const told: unknown[] = [];
  for (const step of flowsGiven[0]) told.push((await stream.push([step])).values);
  expect(told).toEqual((whole.values as { level: number[] }).level.map((level) => ({ level: [level] })));
  await run.dispose();
});

test('a stream tells the value of a sequence of what it has read', async () => {
  const { run } = await regression('last');
  const stream = run.stream();
  for (const length of [1, 2, 3]) {
    const [whole] = await run.predict([flowsGiven[0].slice(0, length)]);
    expect(await stream.push(flowsGiven[0].slice(length - 1, length))).toEqual(whole);
  }
  await run.dispose();
});

test.each([
  ['mean', ''],
  ['every', ', bidirectional: true'],
] as const)('a regressor, output %s%s, reads no stream', async (output, more) => {
  const { run } = await regression(output, more);
  expect(() => run.stream()).toThrow('reads no stream');
  await run.dispose();
});

const words = `the O
old B-person
man I-person
sleeps O

Oslo B-place
is O
old O
`;

function tagging(model: string) {
  return examplesRun(
    { 'words.conll': words },
    `
  task: tagging
  seed: 5
  data: { train: words.conll, format: columns, token: 1, tag: 2, scheme: BIO, validation: 0 }
  model: { cell: lstm, layers: 1, hidden: 5, embedding: 4, ${model} }
  training: { batch: 2, shards: 1, optimizer: { name: adam }, epochs: 1 }
`,
  );
}

const sentences = [
  ['the', 'old', 'man', 'sleeps'],
  ['Oslo', 'is', 'old'],
];

test('tagging of columns', async () => {
  const { run, base } = await tagging('output: crf, characters: { embedding: 3, hidden: 4, longest: 6 }');
  const predictions = await run.predict(sentences);
  expect(predictions).toEqual(await run.predictFiles('words.conll', { base }));
  expect(predictions).toEqual(sentences.map((tokens) => ({ tokens, tags: tokens.map(() => expect.any(String)) })));
  await expect(run.predict([['a'], 'b c'])).rejects.toMatchObject({
    message: 'example 1 has a string for words; a list of strings was expected',
  });
  await expect(run.predict([[]])).rejects.toMatchObject({
    message: 'example 0 has an empty list for words; a list of strings was expected',
  });
  expect(() => run.stream()).toThrow('reads no stream');
  await run.dispose();
});

test('a stream of words has the tags of the sentence, where no word waits for the next', async () => {
  const { run } = await tagging('output: softmax, bidirectional: false');
  const [{ tags }] = await run.predict([sentences[0]]);
  const stream = run.stream();
  const told: unknown[] = [];
  for (const word of sentences[0]) told.push(...((await stream.push([word])).tags as string[]));
  expect(told).toEqual(tags);
  await run.dispose();
});

const roles = `# global.columns = FORM UP:PRED UP:A1 UP:A2
he _ A0 O
came come.01 V A1
and _ O O
went go.02 O V
`.replaceAll(' ', '\t');

test('tagging of roles', async () => {
  const { run, base } = await examplesRun(
    { 'roles.conllup': roles.replace(/^#.*/, (line) => line.replaceAll('\t', ' ')) },
    `
  task: tagging
  seed: 5
  data: { train: roles.conllup, format: roles, validation: 0 }
  model: { cell: lstm, layers: 1, hidden: 5, embedding: 4, mark: 2, output: softmax }
  training: { batch: 2, shards: 1, optimizer: { name: adam }, epochs: 1 }
`,
  );
  const tokens = ['he', 'came', 'and', 'went'];
  const predictions = await run.predict([
    { tokens, predicate: 1 },
    { tokens, predicate: 3 },
  ]);
  expect(predictions).toEqual(await run.predictFiles('roles.conllup', { base }));
  expect(predictions[1]).toMatchObject({ tokens, predicate: 3 });
  for (const predicate of [undefined, 4, 0.5, '1']) {
    await expect(run.predict([{ tokens, predicate }])).rejects.toMatchObject({
      message: 'example 0 has no predicate from 0 to 3: the place of its word',
    });
  }
  await run.dispose();
});

const months = Array.from({ length: 24 }, (_, i) => ({
  flow: 5 + ((i * 7) % 11),
  rain: (i * 5) % 7,
  season: Math.sin(i),
}));

function forecasting(columns: string, more: string) {
  const rows = months.map(({ flow, rain, season }) => `${flow},${rain},${season}`);
  return examplesRun(
    { 'months.csv': `flow,rain,season\n${rows.join('\n')}\n` },
    `
  task: forecasting
  seed: 5
  data: { train: months.csv, ${columns}, past: 6, horizon: 2, validation: 0 }
  model: { cell: gru, layers: 1, hidden: 4${more} }
  training: { batch: 2, shards: 1, optimizer: { name: adam }, epochs: 1 }
`,
  );
}

test('forecasts of several columns, changes of logarithms, with what is known of the future', async () => {
  const { run, base } = await forecasting(
    'targets: [flow], inputs: [rain], future: [season], difference: 2, log: true',
    '',
  );
  const asked = months.slice(0, 12).map((row, i) => (i < 10 ? row : { season: row.season }));
  const lines = asked.map((row) => JSON.stringify(row)).join('\n');
  writeFileSync(join(base, 'asked.jsonl'), lines);
  const predictions = await run.predict([asked]);
  expect(predictions).toEqual(await run.predictFiles('asked.jsonl', { base }));
  expect(predictions).toEqual([{ forecast: { flow: [expect.any(Number), expect.any(Number)] } }]);
  const message = async (...given: unknown[]) =>
    run.predict(given).then(
      () => undefined,
      (error: Error) => error.message,
    );
  expect(await message(asked, asked.slice(5))).toBe(
    'example 1 has 5 steps, and a forecast reads 8; add the steps before',
  );
  expect(await message(asked, asked.slice(0, 11))).toMatch(/^example 1 has 1 rows after its last known step/);
  expect(await message(asked.map(({ season }) => ({ season })))).toBe(
    'example 0: no column "flow"; its columns are "season"',
  );
  expect(await message([...asked.slice(0, 9), 7])).toBe(
    'example 0: row 10 is no object; write columns with names, as in { flow: 2.5 }',
  );
  expect(await message([])).toBe('example 0: it has no rows');
  expect(await message(7)).toBe('example 0 is a number; a list of rows was expected');
  await run.dispose();
});

test('a series of one column may be a list of numbers', async () => {
  const { run, base } = await forecasting('targets: [flow]', ', output: every');
  const flow = months.map((month) => month.flow);
  const predictions = await run.predict([flow, Float64Array.from(flow).subarray(0, 9)]);
  expect(predictions.slice(0, 1)).toEqual(await run.predictFiles('months.csv', { base }));
  expect(predictions[1]).not.toEqual(predictions[0]);
  expect(() => run.stream()).toThrow('forecasts from windows');
  await run.dispose();
});
