// Tagging: what its files become, that padding changes nothing, and what a run's folder is enough for.

import { DataFault, type ExamplePlan, exampleValidation } from '@rondo/data';
import { collectOutputs, createReferenceEngine } from '@rondo/rnn-core';
import { describe, expect, test } from 'vitest';
import { taggingTask } from './tagging.ts';
import type { TaskContent } from './task.ts';
import { folderWith, jobOf, paddedMore, slopeOf, sumOver, weightsOf } from './testing/workbench.ts';

const spec = (data: string, model: string) => `
  task: tagging
  seed: 5
  data: { train: x.conll, ${data} }
  model: { cell: lstm, layers: 1, hidden: 3, embedding: 2, ${model} }
  training: { batch: 2, shards: 1, optimizer: { name: adam }, epochs: 1, buckets: 2 }
`;
const characters = 'characters: { embedding: 2, hidden: 2, longest: 3 }';
const jobWith = (data = 'validation: 0', model = characters) => jobOf('tagging', spec(data, model));

const towns = `Ann\tB-person
lives\tO
in\tO
New\tB-place
York\tI-place

Bo\tB-person

in\tO
1984\tO
`;

async function scoresOver({ model, scorer }: TaskContent, plan: ExamplePlan) {
  const judge = scorer?.(plan);
  const validation = exampleValidation(plan);
  for (let step = 0; step < validation.steps; step++) {
    const shape = { batch: plan.batch, extents: plan.extents[validation.shape(step)] };
    const inputs = { ...weightsOf(model), ...validation.shard(step, 0) };
    const evaluation = await createReferenceEngine().compile(model.evaluation(shape));
    judge?.add(step, 0, await collectOutputs(evaluation, inputs));
    evaluation.dispose();
  }
  return judge?.scores();
}

const read = (text = towns, job = jobWith()) => taggingTask.read(job, { base: folderWith({ 'x.conll': text }) });

const roles = `1\tAnn\t_\t_\t_\t_\t_\t_\t_\t_\t_\tARG0\t_
2\tlet\t_\t_\t_\t_\t_\t_\t_\t_\tlet.01\tV\t_
3\tBo\t_\t_\t_\t_\t_\t_\t_\t_\t_\t_\tARG0
4\tgo\t_\t_\t_\t_\t_\t_\t_\t_\tgo.02\tARG1\tV

1\tGo\t_\t_\t_\t_\t_\t_\t_\t_\tgo.02\tV
`;

describe('CoNLL columns', () => {
  test('words, their first characters, and tags with O first', async () => {
    const { training, preparation, validation, facts } = await read();
    expect(preparation).toMatchObject({
      words: { symbols: ['<unk>', 'in', '1984', 'Ann', 'Bo', 'New', 'York', 'lives'] },
      tags: ['O', 'B-person', 'B-place', 'I-place'],
    });
    expect(validation).toBeNull();
    expect(facts).toContain('4 tags');
    const { columns, extents } = training as ExamplePlan;
    expect(extents).toEqual([{ time: 5 }]);
    expect([...columns.words.values]).toEqual([3, 7, 1, 5, 6, 4, 1, 2]);
    expect([...columns.targets.values]).toEqual([1, 0, 0, 2, 3, 1, 0, 0]);
    expect([...columns.wordLengths.values]).toEqual([3, 3, 2, 3, 3, 2, 2, 3]);
    expect(columns.characters.values.length).toBe(8 * 3);
  });

  test('a batch: characters of a word down, words side by side, what is padded below zero', async () => {
    const { training, preparation } = await read(towns, jobWith('validation: 0, longest: 2'));
    const { symbols } = (preparation as { characters: { symbols: string[] } }).characters;
    const shard = exampleValidation(training as ExamplePlan).shard(0, 0);
    // Lanes: "Bo" and "in 1984", two steps each.
    expect([...shard.lengths]).toEqual([1, 2]);
    expect([...shard.targets]).toEqual([1, 0, -1, 0]);
    expect([...shard.wordLengths]).toEqual([2, 2, 0, 3]);
    const at = (c: number) => Array.from(shard.characters.subarray(4 * c, 4 * c + 4), (id) => symbols[id]);
    expect([at(0), at(1), at(2)]).toEqual([
      ['B', 'i', '<unk>', '1'],
      ['o', 'n', '<unk>', '9'],
      ['<unk>', '<unk>', '<unk>', '8'],
    ]);
  });

  test('in lowercase, digits as 0, rare words as unknown', async () => {
    const job = jobWith('validation: 0, lowercase: true, zeroDigits: true, minCount: 2');
    const { preparation } = await read('In O\nin O\n1984 O\n2026 O\nAnn O\n', job);
    expect(preparation).toMatchObject({ words: { symbols: ['<unk>', '0000', 'in'] } });
  });

  test('comments of CoNLL-U, and columns by number', async () => {
    const base = folderWith({ 'y.conllu': '# text = a b\n1\ta\t_\tDET\n1.1\tx\t_\tX\n2\tb\t_\tNOUN\n' });
    const job = jobOf(
      'tagging',
      spec('token: 2, tag: 4, scheme: plain, validation: 0', '').replace('x.conll', 'y.conllu'),
    );
    const { preparation } = await taggingTask.read(job, { base });
    expect(preparation).toMatchObject({ words: { symbols: ['<unk>', 'a', 'b'] }, tags: ['DET', 'NOUN'] });
  });

  test.each([
    ['tags that do not follow their scheme', 'a O\nb I-place\n', /x\.conll:2: tag I-place goes on with a span/],
    ['a line with too few columns', 'a\n', /x\.conll:1: 1 column .* but the tag is column 2/],
    [
      'too many tags',
      Array.from({ length: 1001 }, (_, i) => `a B-${i}\n`).join(''),
      /1001 different tags, of 1000 at most/,
    ],
  ])('%s is a fault', async (_, text, message) => {
    const job = jobWith('validation: 0, token: 1, tag: 2');
    await expect(read(text, job)).rejects.toThrow(message);
    await expect(read(text, job)).rejects.toBeInstanceOf(DataFault);
  });
});

describe('roles', () => {
  const job = jobWith('format: roles, validation: 0', 'mark: 2, output: softmax');

  test('an example a predicate, which is marked and has no role of its own', async () => {
    const { training, preparation } = await read(roles, job);
    const { columns } = training as ExamplePlan;
    expect(preparation).toMatchObject({
      words: { symbols: ['<unk>', 'Ann', 'Bo', 'Go', 'go', 'let'] },
      tags: ['O', 'ARG0', 'ARG1'],
    });
    expect([...columns.words.lengths]).toEqual([4, 4, 1]);
    expect([...columns.marks.values]).toEqual([0, 1, 0, 0, 0, 0, 0, 1, 1]);
    expect([...columns.targets.values]).toEqual([1, 0, 0, 2, 0, 0, 1, 0, 0]);
  });

  test('the predicates of a sentence are all trained on, or none of them', async () => {
    const held = jobWith('format: roles, validation: 0.5, split: last', 'mark: 2');
    const { training, validation } = await read(roles, held);
    expect([...(training as ExamplePlan).columns.words.lengths]).toEqual([4, 4]);
    expect([...(validation as ExamplePlan).columns.words.lengths]).toEqual([1]);
  });

  test('every role counts for itself', async () => {
    const { training, scorer } = await read(roles, job);
    const judge = scorer?.(training as ExamplePlan);
    // The first batch: both predicates of the first sentence, side by side; the second: "Go" alone.
    const logits = (tags: number[]) =>
      Float32Array.from(tags.flatMap((tag) => [0, 1, 2].map((k) => (k === tag ? 1 : 0))));
    judge?.add(0, 0, { logits: logits([1, 0, 0, 0, 0, 0, 2, 0]) });
    judge?.add(1, 0, { logits: logits([2, 0, 0, 0, 0, 0, 0, 0]) });
    // Of three roles two are found, of three that are found two are right.
    expect(judge?.scores()).toEqual({ f1: 2 / 3, accuracy: 7 / 9 });
  });
});

describe.each([
  ['a conditional random field over words, characters and marks', 'validation: 0', characters],
  ['a softmax over words', 'validation: 0', 'output: softmax'],
])('%s', (_, data, model) => {
  test('padding changes neither loss nor gradients nor scores', async () => {
    const content = await read(towns, jobWith(data, model));
    const plan = content.training as ExamplePlan;
    const more = paddedMore(plan, 3, 7);
    const [sums, padded] = [await sumOver(content.model, plan), await sumOver(content.model, more)];
    expect([sums.weight, padded.weight]).toEqual([8, 8]);
    expect(padded.loss).toBeCloseTo(sums.loss, 12);
    for (const [name, values] of Object.entries(sums.gradients)) {
      values.forEach((value, i) => {
        expect(padded.gradients[name][i]).toBeCloseTo(value, 12);
      });
    }
    expect(await scoresOver(content, more)).toEqual(await scoresOver(content, plan));
  });

  test('gradients agree with finite differences', async () => {
    const { model: built, training } = await read(towns, jobWith(data, model));
    const { gradients } = await sumOver(built, training as ExamplePlan);
    for (const { name } of built.parameters) {
      const largest = gradients[name].reduce(
        (best, value, i, all) => (Math.abs(value) > Math.abs(all[best]) ? i : best),
        0,
      );
      const slope = await slopeOf(built, training as ExamplePlan, name, largest);
      expect(Math.abs(gradients[name][largest])).toBeGreaterThan(0);
      expect(gradients[name][largest]).toBeCloseTo(slope, 4);
    }
  });
});

test('the marks of roles have gradients that agree with finite differences', async () => {
  const { model, training } = await read(roles, jobWith('format: roles, validation: 0', 'mark: 2'));
  const { gradients } = await sumOver(model, training as ExamplePlan);
  expect(gradients['mark.weight'][3]).not.toBe(0);
  expect(gradients['mark.weight'][3]).toBeCloseTo(await slopeOf(model, training as ExamplePlan, 'mark.weight', 3), 4);
});

test('what preparation.json and the weights hold is enough to judge and to predict', async () => {
  const job = jobWith();
  const base = folderWith({
    'x.conll': towns,
    'y.conll': 'Bo B-person\nflies B-verb\n',
    'z.conll': 'in\nYork\n\nBo\n',
  });
  const { preparation, model } = await taggingTask.read(job, { base });
  const { examples, ...restored } = taggingTask.restore(job, JSON.parse(JSON.stringify(preparation)));
  expect(restored.model.parameters).toEqual(model.parameters);
  const field = { transitions: new Float32Array(16), start: new Float32Array(4), end: new Float32Array(4) };

  const judged = await examples?.judged({ patterns: ['y.conll'] }, { base });
  const logits = new Float32Array(2 * 32 * 4);
  logits[1] = 1; // The first lane's first word: B-person.
  judged?.scorer.add(0, 0, { logits, ...field });
  // A tag that training does not have is missed.
  expect(judged?.scorer.scores()).toEqual({ f1: 2 / 3, accuracy: 1 / 2 });

  const asked = await examples?.unjudged({ patterns: ['z.conll'] }, { base });
  expect(asked?.plan.columns.words.lengths).toEqual(Int32Array.of(2, 1));
  expect(asked?.plan.feeds.map(({ input }) => input)).not.toContain('targets');
  // From B-place (2) to I-place (3) against what the words alone say.
  const transitions = field.transitions.with(2 * 4 + 3, 5);
  const results = { logits: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0), ...field, transitions };
  expect(asked?.prediction(results, 0, 1, 0)).toEqual({ tokens: ['in', 'York'], tags: ['B-place', 'I-place'] });
});

test('predicates whose roles nobody knows', async () => {
  const job = jobWith('format: roles, validation: 0', 'mark: 2, output: softmax');
  const base = folderWith({
    'x.conll': roles,
    'y.conllu': `1\tBo\t_\t_\t_\t_\t_\t_\t_\t_\t_\n2\tgo\t_\t_\t_\t_\t_\t_\t_\t_\tgo.02\n`,
  });
  const { preparation } = await taggingTask.read(job, { base });
  const asked = await taggingTask.restore(job, preparation).examples?.unjudged({ patterns: ['y.conllu'] }, { base });
  const prediction = asked?.prediction({ logits: Float32Array.of(0, 1, 0, 1, 0, 0) }, 0, 1, 0);
  expect(prediction).toEqual({ tokens: ['Bo', 'go'], predicate: 1, tags: ['ARG0', 'O'] });
});
