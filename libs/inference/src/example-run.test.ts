// A classifier that was loaded: the same predictions from files and from memory, in whatever company an example is.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ExampleRun } from './example-run.ts';
import { loadRun } from './load-run.ts';
import { untrainedRun } from './testing/run-folder.ts';

const rows = [
  'a good film,up',
  'bad,down',
  'good good,up',
  'a bad bad film,down',
  'fine,up',
  'not good not bad at all,up',
];
const texts = rows.map((row) => row.split(',')[0]);

async function classifier(
  engine: 'reference' | 'cpu-portable' = 'reference',
  direction = 'bidirectional: true',
): Promise<{ run: ExampleRun; base: string }> {
  const base = await untrainedRun(
    { 'train.csv': `text,label\n${rows.join('\n')}\n` },
    `
  task: classification
  seed: 5
  data: { train: train.csv, input: text, label: label, unit: word, validation: 0 }
  model: { cell: gru, layers: 1, hidden: 5, ${direction}, embedding: 3, dropout: 0.5 }
  training: { batch: 2, shards: 1, optimizer: { name: adam }, epochs: 1 }
`,
  );
  const run = await loadRun(base, { engine });
  if (run.task === 'language-model') throw new Error('a classifier was written');
  return { run, base };
}

test('predicts in the order of the file, whatever shapes the examples come in', async () => {
  const { run, base } = await classifier();
  const many = Array.from({ length: 40 }, () => texts).flat();
  writeFileSync(join(base, 'many.csv'), `text\n${many.join('\n')}\n`);
  const predictions = await run.predictFiles('many.csv', { base });
  expect(predictions).toHaveLength(240);
  expect(predictions).toEqual(await run.predict(many));
  expect(new Set(predictions.map(({ probability }) => probability)).size).toBe(6);
  predictions.forEach((prediction, i) => {
    expect(prediction).toEqual(predictions[i % 6]);
  });
  await run.dispose();
});

test.each(['reference', 'cpu-portable'] as const)('padding and company change no prediction on %s', async (engine) => {
  const { run } = await classifier(engine);
  const together = await run.predict(texts);
  for (const [i, text] of texts.entries()) {
    const [alone] = await run.predict([text]);
    expect(alone.class).toBe(together[i].class);
    expect(alone.probability).toBeCloseTo(together[i].probability as number, 6);
  }
  await run.dispose();
});

test('judges by what it predicts', async () => {
  const { run, base } = await classifier();
  const { loss, scores, examples } = await run.evaluate('train.csv', { base });
  const predictions = await run.predict(texts);
  const labels = rows.map((row) => row.split(',')[1]);
  const shares = predictions.map(({ probabilities }, i) => (probabilities as Record<string, number>)[labels[i]]);
  expect(examples).toBe(6);
  expect(loss).toBeCloseTo(shares.reduce((sum, share) => sum - Math.log(share), 0) / 6, 5);
  expect(scores.accuracy).toBeCloseTo(predictions.filter(({ class: name }, i) => name === labels[i]).length / 6, 12);
  await run.dispose();
});

test('what is asked at the same time is computed in turn', async () => {
  const { run } = await classifier();
  const expected = await run.predict(texts);
  const asked = await Promise.all(texts.map((text) => run.predict([text])));
  expect(asked.flat().map(({ class: name }) => name)).toEqual(expected.map(({ class: name }) => name));
  await run.dispose();
});

test('an example that is none is named', async () => {
  const { run } = await classifier();
  expect(await run.predict([])).toEqual([]);
  await expect(run.predict(['good', 7])).rejects.toThrow('example 1 is a number; a string was expected');
  await expect(run.predict(['good', ' '])).rejects.toMatchObject({ code: 'data-value' });
  await run.dispose();
});

test('more shapes than are kept compiled are no fault', async () => {
  const { run } = await classifier();
  const sentence = (words: number) => Array(words).fill('good').join(' ');
  const [first] = await run.predict(['good']);
  for (let words = 2; words < 20; words++) await run.predict([sentence(words)]);
  expect(await run.predict(['good'])).toEqual([first]);
  await run.dispose();
});

test.each(['reference', 'cpu-portable'] as const)(
  'a stream predicts after each word what the words so far do on %s',
  async (engine) => {
    const { run } = await classifier(engine, 'bidirectional: false');
    const words = 'not good not bad at all'.split(' ');
    const [stream, other] = [run.stream(), run.stream()];
    await other.push('fine');
    for (const [i, word] of words.entries()) {
      const said = await stream.push(word);
      const [whole] = await run.predict([words.slice(0, i + 1).join(' ')]);
      expect(said.class).toBe(whole.class);
      expect(said.probability).toBeCloseTo(whole.probability as number, 6);
    }
    const [whole] = await run.predict(['fine film all']);
    expect((await other.push('film all')).probability).toBeCloseTo(whole.probability as number, 6);
    await expect(other.push(3)).rejects.toMatchObject({ code: 'data-value' });
    await run.dispose();
  },
);

test('a model that reads backwards too reads no stream', async () => {
  const { run } = await classifier();
  expect(() => run.stream()).toThrow(/reads no stream: it reads in both directions/);
});
