// A language model that was loaded: it writes, judges, and reads streams symbol by symbol.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LanguageRun } from './language-run.ts';
import { loadRun } from './load-run.ts';
import { untrainedRun } from './testing/run-folder.ts';

const spec = `
  task: language-model
  seed: 7
  data: { text: [text.txt], unit: character, validation: 0 }
  model: { cell: lstm, layers: 2, hidden: 6, embedding: 4 }
  training: { batch: 2, sequence: 4, shards: 1, optimizer: { name: sgd, learningRate: 0.1 }, steps: 3 }
`;

async function languageModel(): Promise<{ run: LanguageRun; base: string }> {
  const base = await untrainedRun({ 'text.txt': 'abcdefgh\nhgfedcba\nabcabcabc\n' }, spec, [1, 2]);
  const run = await loadRun(base, { engine: 'reference', checkpoint: 2 });
  if (run.task !== 'language-model') throw new Error('a language model was written');
  return { run, base };
}

test('a stream expects what a text is judged by', async () => {
  const { run, base } = await languageModel();
  writeFileSync(join(base, 'other.txt'), 'abcade');
  const { loss, targets } = await run.evaluate('other.txt', { base });
  const stream = run.stream();
  let sum = 0;
  for (const [now, next] of ['ab', 'bc', 'ca', 'ad', 'de']) {
    const { probabilities } = await stream.push(now);
    sum -= Math.log(probabilities[run.vocabulary.encode(next)[0]]);
  }
  expect(targets).toBe(5);
  expect(loss).toBeCloseTo(sum / 5, 6);
  await run.dispose();
});

test('streams keep their states apart; several symbols are read one after the other', async () => {
  const { run } = await languageModel();
  const [one, other] = [run.stream(), run.stream()];
  const [, unlike, , expected] = await Promise.all([one.push('a'), other.push('h'), one.push('b'), one.push('c')]);
  const { probabilities, likeliest } = await run.stream().push('abc');
  expect(probabilities).toEqual(expected.probabilities);
  expect(probabilities).not.toEqual(unlike.probabilities);
  expect(probabilities.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  const [first, second] = likeliest(2);
  expect(first.probability).toBe(Math.max(...probabilities));
  expect(probabilities[run.vocabulary.encode(second.symbol)[0]]).toBe(second.probability);
  expect(second.probability).toBeLessThanOrEqual(first.probability);
  await run.dispose();
});

test('a text that a stream cannot read leaves it where it was', async () => {
  const { run } = await languageModel();
  const stream = run.stream();
  await stream.push('ab');
  await expect(stream.push('cx')).rejects.toMatchObject({ code: 'unknown-symbol' });
  await expect(stream.push('')).rejects.toThrow(RangeError);
  expect((await stream.push('c')).probabilities).toEqual((await run.stream().push('abc')).probabilities);
  await run.dispose();
});

test('writes what the same weights write anywhere, with defaults', async () => {
  const { run, base } = await languageModel();
  const text = await run.generate({ prompt: 'ab', length: 30 });
  const again = await loadRun(base, { engine: 'js' });
  if (again.task !== 'language-model') throw new Error('a language model was written');
  expect(Array.from(text)).toHaveLength(30);
  expect(await again.generate({ prompt: 'ab', length: 30 })).toBe(text);
  expect(Array.from(await again.generate())).toHaveLength(200);
});

test('a preparation that is no JSON is a damaged run', async () => {
  const { base } = await languageModel();
  writeFileSync(join(base, 'preparation.json'), '{');
  await expect(loadRun(base)).rejects.toMatchObject({ code: 'run-damaged' });
});
