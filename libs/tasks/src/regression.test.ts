// Regression: what its files become, that padding changes nothing, and what a run's folder is enough for.

import { type ExamplePlan, exampleValidation } from '@rondo/data';
import { describe, expect, test } from 'vitest';
import { regressionTask } from './regression.ts';
import { folderWith, jobOf, paddedMore, slopeOf, sumOver } from './testing/workbench.ts';

const spec = (data: string, model: string) => `
  task: regression
  seed: 5
  data: { ${data} }
  model: { cell: lstm, layers: 1, hidden: 4, bidirectional: true, ${model} }
  training: { batch: 2, shards: 1, optimizer: { name: adam }, epochs: 1, buckets: 2 }
`;

const lists = '{"a":[1,2],"b":[0,1],"y":3}\n{"a":[4],"b":[1],"y":4}\n{"a":[5,6,7],"b":[0,0,1],"y":7}\n';
const steps = 'id,a,y\np,1,\nq,10,1\np,2,6\nq,20,2\np,3,7\n';
const ofLists = 'train: x.jsonl, inputs: [a, b], targets: y, validation: 0, scale: none';
const ofSteps = 'train: x.csv, inputs: a, targets: y, sequence: id, validation: 0, scale: none';

async function read(files: Readonly<Record<string, string | Uint8Array>>, data: string, model = 'output: last') {
  const job = jobOf('regression', spec(data, model));
  const content = await regressionTask.read(job, { base: folderWith(files) });
  return { ...content, job, training: content.training as ExamplePlan };
}

/** The inputs of a batch, as lists. */
function batchOf(plan: ExamplePlan, batch: number) {
  const shard = exampleValidation(plan).shard(batch, 0);
  return Object.fromEntries(Object.entries(shard).map(([name, values]) => [name, Array.from(values)]));
}

/** A .npy file of float64. */
function npy(shape: readonly number[], values: readonly number[]): Uint8Array {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117).concat('\n');
  const head = Buffer.concat([Buffer.from('934e554d5059010076 00'.replace(' ', ''), 'hex'), Buffer.from(header)]);
  return Buffer.concat([head, Buffer.from(Float64Array.from(values).buffer)]);
}

describe('files', () => {
  test('a row a sequence: lists side by side, a value of the sequence', async () => {
    const { training } = await read({ 'x.jsonl': lists }, ofLists);
    expect(training.extents).toEqual([{ time: 3 }]);
    const x = [1, 0, 4, 1, 2, 1, 0, 0, 0, 0, 0, 0];
    expect(batchOf(training, 0)).toEqual({ x, lengths: [2, 1], targets: [3, 4], weights: [1, 1] });
  });

  test('a row a step: a value that is missing does not count', async () => {
    const { training } = await read({ 'x.csv': steps }, ofSteps, 'output: every');
    expect(batchOf(training, 0)).toEqual({
      ...{ x: [1, 10, 2, 20, 3, 0], lengths: [3, 2] },
      ...{ targets: [0, 1, 6, 2, 7, 0], weights: [0, 1, 1, 1, 1, 0] },
    });
  });

  test('a row a step, and the value of the last row that of the sequence', async () => {
    const { training } = await read({ 'x.csv': steps }, ofSteps);
    expect(batchOf(training, 0)).toMatchObject({ targets: [7, 2], weights: [1, 1] });
  });

  test('arrays', async () => {
    const x = npy([2, 3, 1], [1, 2, 3, 4, 5, 6]);
    const data = 'train: x.npy, values: y.npy, format: npy, validation: 0, scale: none';
    const { training, preparation } = await read({ 'x.npy': x, 'y.npy': npy([2, 2], [7, 8, 9, 10]) }, data);
    expect(batchOf(training, 0)).toMatchObject({ x: [1, 4, 2, 5, 3, 6], targets: [7, 8, 9, 10] });
    expect(preparation).toMatchObject({ names: ['0', '1'] });
    const every = await read({ 'x.npy': x, 'y.npy': npy([2, 3, 1], [1, 2, 3, 4, 5, 6]) }, data, 'output: every');
    expect(batchOf(every.training, 0)).toMatchObject({ targets: [1, 4, 2, 5, 3, 6] });
    await expect(read({ 'x.npy': x, 'y.npy': npy([3, 1], [1, 2, 3]) }, data)).rejects.toThrow(
      'y.npy is [3,1], expected [2,values], beside x.npy of [2,3,1]',
    );
  });

  test('numbers of arrays are finite, but for values that are not known', async () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const data = 'train: x.npy, values: y.npy, format: npy, validation: 0, scale: none';
    const of = (x: number, y: number) =>
      read({ 'x.npy': npy([2, 1, 2], [1, 2, 3, x]), 'y.npy': npy([2, 1], [y, 1]) }, data);
    expect(batchOf((await of(4, nan)).training, 0)).toMatchObject({ weights: [0, 1] });
    await expect(of(nan, 1)).rejects.toThrow('x.npy: the number at [1, 0, 1] is NaN; a finite one was expected');
    await expect(of(infinity, 1)).rejects.toThrow('x.npy: the number at [1, 0, 1] is Infinity');
    await expect(of(4, -infinity)).rejects.toThrow('y.npy: the number at [0, 0] is -Infinity');
  });

  test.each([
    [
      'lists of unequal length',
      lists.replace('[0,1]', '[0]'),
      ofLists,
      /x\.jsonl:1: column "b" has 1 numbers, and "a" 2/,
    ],
    ['an empty list', lists.replace('[4]', '[]'), ofLists, /x\.jsonl:2: column "a" is empty/],
    ['no value', lists.replace('4}', 'null}'), ofLists, /x\.jsonl:2: column "y" has no value/],
  ])('%s: a fault with its line', async (_, text, data, message) => {
    await expect(read({ 'x.jsonl': text }, data)).rejects.toThrow(message);
  });

  test('a sequence without a value in its last row is a fault with its line', async () => {
    await expect(read({ 'x.csv': steps.replace('p,3,7', 'p,3,') }, ofSteps)).rejects.toThrow(
      /x\.csv:6: column "y" has no value in the last row of its sequence/,
    );
  });
});

test('scales are learnt on what is trained on, and undone in the scores', async () => {
  const data = 'train: x.jsonl, inputs: a, targets: y, split: last, validation: 0.4';
  const rows = [1, 3, 100, 200].map((y) => `{"a":[${y},${y}],"y":${y}}\n`).join('');
  const { preparation, scorer, validation } = await read({ 'x.jsonl': rows }, data);
  expect(preparation).toMatchObject({ inputs: [{ mean: 2, deviation: 1 }], values: [{ mean: 2, deviation: 1 }] });
  const judge = scorer?.(validation as ExamplePlan);
  judge?.add(0, 0, { values: Float32Array.of(98, 200) });
  expect(judge?.scores().mse).toBeCloseTo(2, 6);
  expect(judge?.scores().r2).toBeCloseTo(1 - 2 / 2500, 6);
});

const mixed = Array.from({ length: 5 }, (_, i) => {
  const a = Array.from({ length: 1 + ((i * 3) % 5) }, (__, t) => Math.sin(i + t));
  return `${JSON.stringify({ a, b: a.map((value) => value * value), y: a.map((value, t) => value * t) })}\n`;
}).join('');

test.each([
  ['last', mixed.replaceAll(/"y":\[([^,\]]*)[^\]]*\]/g, '"y":$1')],
  ['mean', mixed.replaceAll(/"y":\[([^,\]]*)[^\]]*\]/g, '"y":$1')],
  ['every', mixed],
])('padding changes nothing, and gradients agree with finite differences: %s', async (output, text) => {
  const { model, training } = await read({ 'x.jsonl': text }, ofLists, `output: ${output}`);
  const sums = await sumOver(model, training);
  const padded = await sumOver(model, paddedMore(training, 3, 7));
  expect(padded.weight).toBe(sums.weight);
  expect(padded.loss).toBeCloseTo(sums.loss, 10);
  for (const [name, values] of Object.entries(sums.gradients)) {
    values.forEach((value, i) => {
      expect(padded.gradients[name][i]).toBeCloseTo(value, 10);
    });
    const slope = await slopeOf(model, training, name, 0);
    expect(Math.abs(values[0] - slope)).toBeLessThan(2e-4 * Math.max(1, Math.abs(slope)));
  }
});

test('what preparation.json and the weights hold is enough to judge and to predict', async () => {
  const { job, preparation, model } = await read(
    { 'x.jsonl': mixed },
    ofLists.replace('none', 'standard'),
    'output: every',
  );
  const { examples, ...restored } = regressionTask.restore(job, JSON.parse(JSON.stringify(preparation)));
  expect(restored.model.parameters).toEqual(model.parameters);
  const base = folderWith({ 'x.jsonl': mixed, 'z.jsonl': '{"a":[1],"b":[2]}\n{"a":[1,2],"b":[3,4]}\n' });
  const judged = await examples?.judged({ patterns: ['x.jsonl'] }, { base });
  expect(judged?.plan.columns.x.lengths.length).toBe(5);
  const asked = await examples?.unjudged({ patterns: ['z.jsonl'] }, { base });
  const [{ mean, deviation }] = (preparation as { values: { mean: number; deviation: number }[] }).values;
  const values = Float32Array.from([0, 8, 0, 9], (value) => (value - mean) / deviation);
  const told = asked?.prediction({ values }, 1, 2, 1).values as { y: number[] };
  expect(told.y.map((value) => Number(value.toFixed(4)))).toEqual([8, 9]);
  expect(() => regressionTask.restore(job, { names: ['y'] })).toThrow(/scales or names are missing/);
});
