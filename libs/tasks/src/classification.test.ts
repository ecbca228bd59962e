// Classification: what its files become, that padding changes nothing, and what a run's folder is enough for.

import { DataFault, type ExamplePlan } from '@rondo/data';
import { describe, expect, test } from 'vitest';
import { classificationTask } from './classification.ts';
import { folderWith, jobOf, paddedMore, slopeOf, sumOver } from './testing/workbench.ts';

const spec = (data: string, model = 'embedding: 3,') => `
  task: classification
  seed: 5
  data: { ${data} }
  model: { cell: lstm, layers: 1, hidden: 4, bidirectional: true, ${model} }
  training: { batch: 2, shards: 1, optimizer: { name: adam }, epochs: 1, buckets: 2 }
`;

const reviews = 'text,stars\na good film,5\nbad,1\ngood good,5\na bad bad film,1\nfine,3\n';
const read = (text: string, data = 'train: x.csv, input: text, label: stars, unit: word, validation: 0') =>
  classificationTask.read(jobOf('classification', spec(data)), { base: folderWith({ 'x.csv': text }) });

describe('a table of texts', () => {
  test('words by frequency after <unk>, classes by code point, sequences in buckets of like length', async () => {
    const { training, preparation, validation, facts } = await read(reviews);
    expect(preparation).toMatchObject({
      classes: ['1', '3', '5'],
      vocabulary: { symbols: ['<unk>', 'bad', 'good', 'a', 'film', 'fine'] },
    });
    expect(validation).toBeNull();
    expect((training as ExamplePlan).extents).toEqual([{ time: 1 }, { time: 4 }]);
    expect(facts[0]).toBe('3 classes');
  });

  test('words that are rare in the training part are read as unknown', async () => {
    const data = 'train: x.csv, input: text, label: stars, unit: word, minCount: 2, validation: 0';
    const { preparation } = await read(reviews, data);
    expect(preparation).toMatchObject({ vocabulary: { symbols: ['<unk>', 'bad', 'good', 'a', 'film'] } });
  });

  test('longer ones than `longest` are left out, and counted', async () => {
    const data = 'train: x.csv, input: text, label: stars, unit: word, longest: 2, validation: 0';
    const { facts } = await read(reviews, data);
    expect(facts).toContain('3 examples to train on');
    expect(facts).toContain('2 left out that are longer than 2');
  });

  test.each([
    ['a column that is not there', 'text,label\na,1\n', /x\.csv.*no column "stars"/],
    ['a row without a label', 'text,stars\na,1\nb,\n', /x\.csv:3: column "stars" has no label; fill it in/],
    ['a text without a word', 'text,stars\na,1\n" ",2\n', /x\.csv:3: column "text" is empty/],
  ])('%s is a fault with its line', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toBeInstanceOf(DataFault);
  });
});

test('lists of numbers in JSON lines', async () => {
  const base = folderWith({ 'x.jsonl': '{"v": [1, 2.5], "c": "up"}\n{"v": [3], "c": "down"}\n' });
  const data = 'train: x.jsonl, input: v, label: c, validation: 0';
  const { preparation, training } = await classificationTask.read(jobOf('classification', spec(data, '')), { base });
  expect(preparation).toMatchObject({ classes: ['down', 'up'], features: 1 });
  expect([...(training as ExamplePlan).columns.x.values]).toEqual([1, 2.5, 3]);
});

test('images row by row, a pixel from 0 to 1, with their classes', async () => {
  const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 255, 51, 0, 1, 2, 3, 4);
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 1);
  const job = jobOf('classification', spec('train: i, labels: l, format: idx, validation: 0', ''));
  const { preparation, training } = await classificationTask.read(job, {
    base: folderWith({ i: images, l: labels }),
  });
  const { x } = (training as ExamplePlan).columns;
  expect(preparation).toMatchObject({ classes: ['1', '7'], features: 2 });
  expect([x.width, ...x.lengths]).toEqual([2, 2, 2]);
  expect([...x.values.subarray(0, 4)]).toEqual([0, 1, 51 / 255, 0].map(Math.fround));
  const few = folderWith({ i: images, l: labels.with(7, 1).subarray(0, 9) });
  await expect(classificationTask.read(job, { base: few })).rejects.toThrow(/l has 1 labels, and i 2 images/);
});

test('pixels that are no bytes are taken as they are', async () => {
  const images = Uint8Array.of(0, 0, 13, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0x3f, 0, 0, 0);
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7);
  const job = jobOf('classification', spec('train: i, labels: l, format: idx, validation: 0', ''));
  const { training } = await classificationTask.read(job, { base: folderWith({ i: images, l: labels }) });
  expect([...(training as ExamplePlan).columns.x.values]).toEqual([0.5]);
});

test('padding changes neither loss nor gradients', async () => {
  const { model, training } = await read(reviews);
  const sums = await sumOver(model, training as ExamplePlan);
  const padded = await sumOver(model, paddedMore(training as ExamplePlan, 3, 7));
  expect(sums.weight).toBe(5);
  expect(padded.weight).toBe(5);
  expect(padded.loss).toBeCloseTo(sums.loss, 12);
  for (const [name, values] of Object.entries(sums.gradients)) {
    values.forEach((value, i) => {
      expect(padded.gradients[name][i]).toBeCloseTo(value, 12);
    });
  }
});

test('what preparation.json and the weights hold is enough to judge and to predict', async () => {
  const job = jobOf('classification', spec('train: x.csv, input: text, label: stars, unit: word, validation: 0'));
  const base = folderWith({
    'x.csv': reviews,
    'y.csv': 'text,stars\ngood film,5\nnever seen,1\n',
    'z.csv': 'text\ngood\n',
  });
  const { preparation, model } = await classificationTask.read(job, { base });
  const { examples, ...restored } = classificationTask.restore(job, JSON.parse(JSON.stringify(preparation)));
  expect(restored.model.parameters).toEqual(model.parameters);
  const judged = await examples?.judged({ patterns: ['y.csv'] }, { base });
  judged?.scorer.add(0, 0, { logits: Float32Array.of(0, 0, 1, 1, 0, 0) });
  expect(judged?.scorer.scores()).toMatchObject({ accuracy: 1 });
  const asked = await examples?.unjudged({ patterns: ['z.csv'] }, { base });
  expect(asked?.plan.columns.x.lengths).toEqual(Int32Array.of(1));
  const prediction = asked?.prediction({ logits: Float32Array.of(0, Math.log(2), 0) }, 0, 1, 0);
  expect(prediction).toMatchObject({ class: '3' });
  expect(prediction?.probability).toBeCloseTo(0.5, 6);
  await expect(examples?.judged({ patterns: ['q.csv'] }, { base })).rejects.toThrow(/q\.csv matches no file/);
});

test('gradients agree with finite differences', async () => {
  const { model, training } = await read(reviews);
  const { gradients } = await sumOver(model, training as ExamplePlan);
  for (const { name } of model.parameters) {
    const slope = await slopeOf(model, training as ExamplePlan, name, 0);
    expect(gradients[name][0]).toBeCloseTo(slope, 4);
  }
});
