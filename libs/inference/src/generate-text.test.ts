// Generated text: a function of the weights, the prompt and the seed.

import { buildVocabulary, type Vocabulary } from '@rondo/data';
import { initialValues, type LanguageModel, languageModelParameters, type Parameter } from '@rondo/rnn-core';
import { expect, test } from 'vitest';
import { generateText, sample } from './generate-text.ts';

const characters = buildVocabulary('character', '\nabcdé😀');

function untrained(vocabulary: Vocabulary, seed = 1) {
  const sizes = { vocabulary: vocabulary.size, embedding: 5, hidden: 7, layers: 2 };
  const model: LanguageModel = { ...sizes, cell: { kind: 'lstm' }, dropout: 0.5, tied: false };
  // Larger than training begins with, so that a symbol long past still matters.
  const large = (parameter: Parameter, i: number) => initialValues(parameter, seed, i).map((value) => 4 * value);
  const weights = Object.fromEntries(
    languageModelParameters(model).map((parameter, i) => [parameter.name, large(parameter, i)]),
  );
  return { model, vocabulary, weights };
}

const options = { prompt: 'ab', length: 40, temperature: 1, seed: 3 };

test('has the length asked for, in symbols, and comes in pieces', async () => {
  const pieces: string[] = [];
  const text = await generateText(untrained(characters), options, (piece) => pieces.push(piece));
  expect(Array.from(text)).toHaveLength(40);
  expect(pieces).toEqual(Array.from(text));
});

test('is the same for the same seed, another for another seed, prompt or weights', async () => {
  const text = await generateText(untrained(characters), options);
  expect(await generateText(untrained(characters), options)).toBe(text);
  expect(await generateText(untrained(characters), { ...options, seed: 4 })).not.toBe(text);
  expect(await generateText(untrained(characters), { ...options, prompt: 'ba' })).not.toBe(text);
  expect(await generateText(untrained(characters, 2), options)).not.toBe(text);
});

test('at temperature 0 takes no notice of the seed', async () => {
  const text = await generateText(untrained(characters), { ...options, temperature: 0 });
  expect(await generateText(untrained(characters), { ...options, temperature: 0, seed: 4 })).toBe(text);
});

test('the first symbols of a longer text are those of a shorter one', async () => {
  const text = await generateText(untrained(characters), options);
  expect(await generateText(untrained(characters), { ...options, length: 9 })).toBe(
    Array.from(text).slice(0, 9).join(''),
  );
});

test('without a prompt begins as after the end of a line', async () => {
  const empty = await generateText(untrained(characters), { ...options, prompt: '' });
  expect(await generateText(untrained(characters), { ...options, prompt: '\n' })).toBe(empty);
});

test('without a prompt and without a newline begins anyway', async () => {
  const model = untrained(buildVocabulary('character', 'xyz'));
  expect(await generateText(model, { ...options, prompt: '' })).toMatch(/^[xyz]{40}$/);
});

test('a symbol that the vocabulary lacks is named with its place', async () => {
  await expect(generateText(untrained(characters), { ...options, prompt: 'ab€' })).rejects.toMatchObject({
    code: 'unknown-symbol',
    message: expect.stringMatching(/^prompt: character 2, "€" \(U\+20AC\)/),
  });
});

test('an unknown word is <unk>, and words go on behind the prompt', async () => {
  const words = untrained(buildVocabulary('word', 'one two three'));
  const text = await generateText(words, { ...options, prompt: 'four' });
  expect(await generateText(words, { ...options, prompt: '<unk>' })).toBe(text);
  expect(text).toMatch(/^[ \n]/);
});

test('draws symbols as often as they are expected', () => {
  const logits = Float32Array.from([0.1, 0.6, 0.3], Math.log);
  const count = (temperature: number) => {
    const counts = [0, 0, 0];
    for (let i = 0; i < 1000; i++) counts[sample(logits, temperature, i / 1000)]++;
    return counts;
  };
  expect(count(1)).toEqual([100, 600, 300]);
  const [a, b, c] = [0.1 ** 2, 0.6 ** 2, 0.3 ** 2];
  expect(count(0.5)[0] / 1000).toBeCloseTo(a / (a + b + c), 2);
  expect(count(1e-300)).toEqual([0, 1000, 0]);
  expect(count(0)).toEqual([0, 1000, 0]);
});
