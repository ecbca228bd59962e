// Forecasting: windows, scales and their undoing worked out by hand, that padding changes nothing, and what a run's folder is enough for.

import { type ExamplePlan, exampleValidation } from '@rondo/data';
import { describe, expect, test } from 'vitest';
import { forecastingTask } from './forecasting.ts';
import { logarithm } from './logarithm.ts';
import { folderWith, jobOf, paddedMore, slopeOf, sumOver } from './testing/workbench.ts';

const spec = (data: string, model = '', training = '') => `
  task: forecasting
  seed: 5
  data: { ${data} }
  model: { cell: lstm, layers: 1, hidden: 4, ${model} }
  training: { batch: 2, shards: 1, optimizer: { name: adam }, epochs: 1, ${training} }
`;

const csv = (columns: string, ...rows: (number | string)[]) => `${columns}\n${rows.join('\n')}\n`;
const plain = 'train: x.csv, targets: y, past: 2, validation: 0.4, scale: none';

async function read(text: string, data = plain, model = '', training = '') {
  const job = jobOf('forecasting', spec(data, model, training));
  const base = folderWith({ 'x.csv': text, 'v.csv': csv('y', 5, 6, 8, 7) });
  const content = await forecastingTask.read(job, { base });
  return {
    ...content,
    job,
    base,
    training: content.training as ExamplePlan,
    validation: content.validation as ExamplePlan,
  };
}

/** The inputs of the first batch, as lists. */
function firstBatch(plan: ExamplePlan) {
  const shard = exampleValidation(plan).shard(0, 0);
  return Object.fromEntries(Object.entries(shard).map(([name, values]) => [name, Array.from(values)]));
}

describe('windows', () => {
  test('the last share validates: its targets alone lie in it', async () => {
    const { training, validation } = await read(csv('y', 1, 2, 3, 4, 5));
    expect(firstBatch(training)).toEqual({ x: [1, 0, 2, 0], lengths: [2, 0], targets: [3, 0], weights: [1, 0] });
    expect(firstBatch(validation)).toEqual({ x: [2, 3, 3, 4], lengths: [2, 2], targets: [4, 5], weights: [1, 1] });
  });

  test('several steps and variables, with columns known up to now and ahead', async () => {
    const text = csv('y,z,i,f', '1,10,.1,7', '2,20,.2,8', '3,30,.3,9', '4,40,.4,6');
    const data = 'train: x.csv, targets: [y, z], inputs: i, future: f, past: 1, horizon: 2, scale: none, validation: 0';
    const { training } = await read(text, data);
    const { x, targets } = firstBatch(training);
    expect(x).toEqual([1, 10, 0.1, 8, 9, 2, 20, 0.2, 9, 6].map(Math.fround));
    expect(targets).toEqual([2, 20, 3, 30, 3, 30, 4, 40]);
  });

  test('every step of a window learns what follows it; the last one is judged', async () => {
    const { training, validation } = await read(csv('y', 1, 2, 3, 4, 5), plain, 'output: every');
    expect(firstBatch(training)).toMatchObject({ targets: [2, 0, 3, 0], weights: [1, 0, 1, 0] });
    expect(firstBatch(validation)).toMatchObject({ targets: [4, 5], weights: [1, 1] });
  });

  test('none crosses from one series to another, however their rows are mixed', async () => {
    const text = csv('y,who', '1,a', '10,b', '2,a', '20,b', '3,a', '30,b');
    const { training } = await read(text, `${plain.replace('0.4', '0')}, series: who`);
    expect(firstBatch(training)).toMatchObject({ x: [1, 10, 2, 20], targets: [3, 30] });
  });

  test('all share the rows of the series', async () => {
    const { training } = await read(csv('y', ...Array.from({ length: 30 }, (_, i) => i)), `${plain}, stride: 3`);
    expect(training.columns.x.values.length).toBe(30);
    expect([...training.columns.x.starts]).toEqual([0, 3, 6, 9, 12, 15]);
  });

  test('files of their own validate', async () => {
    const { validation, training } = await read(csv('y', 1, 2, 3), plain.replace('validation: 0.4', 'validate: v.csv'));
    expect(firstBatch(training)).toMatchObject({ targets: [3, 0] });
    expect(firstBatch(validation)).toMatchObject({ targets: [8, 7] });
  });
});

describe('scales', () => {
  test('are learnt on the part that is trained on alone', async () => {
    const { preparation, training } = await read(csv('y', 1, 3, 5, 1000, 2000), plain.replace('none', 'standard'));
    const deviation = Math.sqrt(8 / 3);
    expect(preparation).toMatchObject({ scales: { targets: [{ mean: 3, deviation }] }, naiveErrors: [2] });
    expect(firstBatch(training)).toMatchObject({ x: [-2 / deviation, 0, 0, 0].map(Math.fround) });
  });

  test('changes of logarithms from a season before, and the way back over a horizon longer than the season', async () => {
    const data = `${plain}, difference: 2, log: true, horizon: 3`;
    const values = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];
    const { training, validation, scorer } = await read(csv('y', ...values), data);
    // Rows 0 and 1 have no change, rows 2 and 3 are read, 4 to 6 told, and 7 to 11 validate.
    expect([...training.columns.x.starts]).toEqual([2]);
    const batch = firstBatch(validation);
    expect(batch.x).toEqual(Array(4).fill(Math.fround(Math.log(4))));
    const judge = scorer?.(validation);
    for (let b = 0; b < exampleValidation(validation).steps; b++) {
      judge?.add(b, 0, { values: new Float32Array(6).fill(Math.log(4)) });
    }
    expect(judge?.scores().rmse).toBeLessThan(1e-3);
  });

  test('the logarithm is as exact as that of the host', () => {
    for (const x of [1e-300, 0.3, 0.7, 1, 1.5, Math.E, 112, 6.02e23, 1.7e308]) {
      expect(Math.abs(logarithm(x) - Math.log(x))).toBeLessThanOrEqual(4e-16 * Math.max(1, Math.abs(Math.log(x))));
    }
  });
});

test('scores are in the unit of the file, beside the naive forecasts', async () => {
  const data = `${plain.replace('none', 'standard')}, season: 2`;
  const { validation, scorer, preparation, facts } = await read(csv('y', 1, 3, 2, 6, 4), data);
  const { mean, deviation } = (preparation as { scales: { targets: { mean: number; deviation: number }[] } }).scales
    .targets[0];
  const judge = scorer?.(validation);
  judge?.add(0, 0, { values: Float32Array.from([5, 6], (value) => (value - mean) / deviation) });
  const { rmse, mae, mase } = judge?.scores() ?? {};
  expect(rmse).toBeCloseTo(Math.sqrt(2.5), 5);
  expect(mae).toBeCloseTo(1.5, 5);
  expect(mase).toBeCloseTo(1.5, 5); // the training part's mean change over two steps is 1
  expect(facts).toEqual([
    '1 series of 5 steps',
    '1 windows to train on',
    '2 to validate with',
    'repeating the last value: rmse 3.1623, mae 3.0000',
    'repeating the last season: rmse 2.5495, mae 2.5000',
  ]);
});

describe('a fault with its line', () => {
  test.each([
    ['a gap', csv('y,z', '1,1', '2,1', ',1', '4,1', '5,1'), plain, /x\.csv:4: column "y" has no value; fill it in/],
    ['no number', csv('y', 1, 2, 'x', 4, 5), plain, /x\.csv:4: column "y" has "x"/],
    [
      'no logarithm',
      csv('y', 1, 2, 0, 4, 5),
      `${plain}, log: true`,
      /x\.csv:4: column "y" has 0, which has no logarithm/,
    ],
    ['no column', csv('q', 1, 2, 3), plain, /x\.csv: no column "y"; its columns are "q"/],
    [
      'too short',
      csv('y', 1, 2),
      plain.replace('0.4', '0'),
      /no series is long enough there for a window \(2 to read and 1 to forecast\)/,
    ],
    [
      'a share too short for the horizon',
      csv('y', 1, 2, 3, 4, 5, 6, 7),
      `${plain}, horizon: 4`,
      /no series is long enough/,
    ],
  ])('%s', async (_, text, data, message) => {
    await expect(read(text, data)).rejects.toThrow(message);
  });

  test('MASE without a scale', async () => {
    await expect(read(csv('y', 1, 1, 1, 4, 5), plain, '', 'metric: mase')).rejects.toThrow(/MASE has no scale/);
  });
});

const wave = csv(
  'y,z,f',
  ...Array.from({ length: 24 }, (_, t) => `${(10 * Math.sin(t)).toFixed(3)},${t % 5},${t % 3}`),
);
const rich = 'train: x.csv, targets: [y, z], future: f, past: 5, horizon: 2, validation: 0.2';

test.each(['last', 'every'])('padding changes neither loss nor gradients: %s', async (output) => {
  const { model, training } = await read(wave, rich, `output: ${output}`);
  const sums = await sumOver(model, training);
  const padded = await sumOver(model, paddedMore(training, 3, 7));
  expect(sums.weight).toBe(padded.weight);
  expect(padded.loss).toBeCloseTo(sums.loss, 10);
  for (const [name, values] of Object.entries(sums.gradients)) {
    values.forEach((value, i) => {
      expect(padded.gradients[name][i]).toBeCloseTo(value, 10);
    });
  }
});

test.each([
  ['last', 'squared'],
  ['every', 'huber, delta: 0.5'],
])('gradients agree with finite differences: %s, %s', async (output, loss) => {
  const { model, training } = await read(wave, rich, `output: ${output}`, `loss: ${loss}`);
  const { gradients } = await sumOver(model, training);
  for (const { name } of model.parameters) {
    const slope = await slopeOf(model, training, name, 0);
    expect(Math.abs(gradients[name][0] - slope)).toBeLessThan(2e-4 * Math.max(1, Math.abs(slope)));
  }
});

test('what preparation.json and the weights hold is enough to judge and to predict', async () => {
  const data = 'train: x.csv, targets: y, future: f, past: 2, difference: 1, horizon: 2, validation: 0, series: who';
  const text = csv('who,y,f', ...[1, 2, 4, 7, 11, 16].map((y, i) => `a,${y},${i}`));
  const { job, preparation, model } = await read(text, data);
  const { examples, ...restored } = forecastingTask.restore(job, JSON.parse(JSON.stringify(preparation)));
  expect(restored.model.parameters).toEqual(model.parameters);
  const base = folderWith({
    'x.csv': text,
    'next.csv': csv('who,y,f', 'b,1,0', 'b,2,0', 'b,4,0', 'b,,1', 'b,,1'),
    'short.csv': csv('who,y,f', 'b,1,0', 'b,2,0', 'b,,1', 'b,,1'),
    'blind.csv': csv('who,y,f', 'b,1,0', 'b,2,0', 'b,4,0', 'b,,1'),
  });
  const { scales } = preparation as { scales: { targets: { mean: number; deviation: number }[] } };
  const [{ mean, deviation }] = scales.targets;
  const told = (...changes: number[]) => ({ values: Float32Array.from(changes, (c) => (c - mean) / deviation) });
  const judged = await examples?.judged({ patterns: ['x.csv'] }, { base });
  judged?.scorer.add(0, 0, told(3, 4, 4, 5));
  const scores = judged?.scorer.scores();
  expect(scores?.mae).toBeCloseTo(0, 5);
  expect(scores?.maeRepeatLast).toBeCloseTo((3 + 7 + 4 + 9) / 4, 10);
  const asked = await examples?.unjudged({ patterns: ['next.csv'] }, { base });
  const prediction = asked?.prediction(told(3, 4), 0, 1, 0) as { series: string; forecast: { y: number[] } };
  expect(prediction.series).toBe('b');
  expect(prediction.forecast.y.map((value) => Number(value.toFixed(4)))).toEqual([7, 11]);
  await expect(examples?.unjudged({ patterns: ['short.csv'] }, { base })).rejects.toThrow(
    /series "b" has 2 steps, and a forecast reads 3/,
  );
  await expect(examples?.unjudged({ patterns: ['blind.csv'] }, { base })).rejects.toThrow(
    /has 1 rows after its last known step/,
  );
  expect(() => forecastingTask.restore(job, {})).toThrow(/scales are missing/);
});
