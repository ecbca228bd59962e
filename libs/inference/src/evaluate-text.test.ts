// The loss of a text beside one computed by hand, symbol by symbol.

import { createEngine } from '@rondo/engines';
import {
  collectOutputs,
  createReferenceEngine,
  type Engine,
  hashOf,
  initialValues,
  type LanguageModel,
  languageModelParameters,
  type Tensors,
  tracePrediction,
} from '@rondo/rnn-core';
import { expect, test } from 'vitest';
import { evaluateText, laneCount } from './evaluate-text.ts';
import { zeroState } from './weighted-model.ts';

const model: LanguageModel = {
  vocabulary: 6,
  embedding: 3,
  hidden: 4,
  layers: 1,
  cell: { kind: 'gru', reset: 'after' },
  dropout: 0.5,
  tied: false,
};
const weights = Object.fromEntries(
  languageModelParameters(model).map((parameter, i) => [parameter.name, initialValues(parameter, 5, i)]),
);
const text = (length: number) => Int32Array.from({ length }, (_, i) => hashOf(9, i) % model.vocabulary);

/** Sum of -log softmax(logits)[target] over a lane that begins in zero state. */
async function lossByHand(tokens: Int32Array): Promise<number> {
  const plan = await createReferenceEngine().compile(tracePrediction(model, { time: 1, batch: 1 }));
  let state: Tensors = zeroState(model, 1);
  let sum = 0;
  for (let i = 0; i + 1 < tokens.length; i++) {
    const { logits, ...after } = await collectOutputs(plan, { ...weights, ...state, ids: tokens.slice(i, i + 1) });
    sum += Math.log(Array.from(logits, Math.exp).reduce((a, b) => a + b)) - logits[tokens[i + 1]];
    state = after;
  }
  return sum;
}

const evaluate = (engine: Engine, tokens: Int32Array, sequence: number) =>
  evaluateText({ model, weights }, engine, tokens, sequence);

test.each([
  ['in whole steps', 21, 5],
  ['with a last step that is not full', 24, 5],
  ['shorter than one step', 3, 5],
  ['of two symbols', 2, 1],
])('a text %s', async (_, length, sequence) => {
  const { loss, bits, perplexity, ...counts } = await evaluate(createReferenceEngine(), text(length), sequence);
  expect(loss).toBeCloseTo((await lossByHand(text(length))) / (length - 1), 6);
  expect(bits).toBeCloseTo(loss * Math.log2(Math.E), 12);
  expect(perplexity).toBeCloseTo(2 ** bits, 12);
  expect(counts).toEqual({ targets: length - 1, lanes: 1 });
});

test('a long text in lanes predicts every symbol but the first once', async () => {
  const tokens = text(2 * 2 ** 12 + 4);
  const { loss, ...counts } = await evaluate(createReferenceEngine(), tokens, 1000);
  expect(counts).toMatchObject({ targets: 8195, lanes: 2 });
  const byHand = (await lossByHand(tokens.subarray(0, 4099))) + (await lossByHand(tokens.subarray(4098)));
  expect(loss).toBeCloseTo(byHand / 8195, 6);
});

test('has lanes by the length of the text alone', () => {
  expect([1, 8191, 8192, 12287, 12288, 2 ** 17, 2 ** 30].map(laneCount)).toEqual([1, 1, 2, 2, 3, 32, 32]);
});

test('tells how far it is', async () => {
  const shares: number[] = [];
  await evaluateText({ model, weights }, createReferenceEngine(), text(9), 3, (share) => shares.push(share));
  expect(shares).toEqual([0.375, 0.75, 1]);
});

test('the default engine computes the same', async () => {
  const engine = await createEngine('webasm');
  const expected = await evaluate(createReferenceEngine(), text(24), 5);
  expect((await evaluate(engine, text(24), 5)).loss).toBeCloseTo(expected.loss, 5);
  await engine.dispose();
});
