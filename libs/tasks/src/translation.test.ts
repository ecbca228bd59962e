// Translation: what its files become, that padding changes nothing, gradients, and that a reversal is learnt and written.

import { type ExamplePlan, exampleValidation } from '@rondo/data';
import { collectOutputs, createReferenceEngine, type Program, type Tensors, type Translator } from '@rondo/rnn-core';
import { describe, expect, test } from 'vitest';
import type { Preparation, TaskContent } from './task.ts';
import { folderWith, jobOf, paddedMore, slopeOf, sumOver, weightsOf } from './testing/workbench.ts';
import { translationTask } from './translation.ts';

const spec = (data: string, model = '') => `
  task: translation
  seed: 5
  data: { ${data} }
  model: { cell: lstm, layers: 2, hidden: 4, embedding: 3${model} }
  training: { batch: 2, shards: 1, optimizer: { name: adam }, epochs: 1, buckets: 2, labelSmoothing: 0.1 }
`;

const table = 'train: x.tsv, source: en, target: de, validation: 0';
const words = `${table}, unit: word`;
const letters = 'en\tde\na b\tB A\na\tA\nc b a\tA B C\nb\tB\na c\tC A\n';
const read = (text: string, data = words, model = '') =>
  translationTask.read(jobOf('translation', spec(data, model)), { base: folderWith({ 'x.tsv': text }) });

/** The rows of an example. */
function rowsOf({ columns }: ExamplePlan, name: string, example: number): number[] {
  const { values, starts, lengths } = columns[name];
  return [...values.subarray(starts[example], starts[example] + lengths[example])];
}

describe('a table of pairs', () => {
  test('symbols by frequency after the special ones; what is written stands beside what comes before it', async () => {
    const { training, preparation, validation, facts } = await read(letters);
    const plan = training as ExamplePlan;
    expect(preparation).toMatchObject({
      source: { symbols: ['<unk>', '<s>', '</s>', 'a', 'b', 'c'] },
      target: { symbols: ['<unk>', '<s>', '</s>', 'A', 'B', 'C'] },
    });
    expect(validation).toBeNull();
    expect(rowsOf(plan, 'source', 0)).toEqual([3, 4, 2]);
    expect(rowsOf(plan, 'target', 0)).toEqual([1, 4, 3]);
    expect(rowsOf(plan, 'next', 0)).toEqual([4, 3, 2]);
    expect(plan.extents).toEqual([
      { source: 2, target: 2 },
      { source: 4, target: 4 },
    ]);
    expect(facts[0]).toBe('6 words to read, 6 to write');
  });

  test('byte-pair units of both sides are one vocabulary', async () => {
    const { preparation, facts, training } = await read(
      'en\tde\nabab\tab ab\nab\tab\n',
      `${table}, unit: byte-pair, merges: 2`,
    );
    expect(preparation).toMatchObject({ both: { symbols: ['<unk>', '<s>', '</s>', '\n', ' ', 'a', 'b', 'ab'] } });
    expect(facts[0]).toBe('8 byte-pair units');
    expect(rowsOf(training as ExamplePlan, 'source', 0)).toEqual([7, 7, 2]);
  });

  test('what validates is not learnt from', async () => {
    const data = 'train: x.tsv, source: en, target: de, unit: word, validation: 0.2, split: last';
    const { preparation, training, validation } = await read('en\tde\na\tA\na\tA\na\tA\na\tA\nnew\tNeu\n', data);
    expect(preparation).toMatchObject({ source: { symbols: ['<unk>', '<s>', '</s>', 'a'] } });
    expect((training as ExamplePlan).bucketOf.length).toBe(4);
    expect(rowsOf(validation as ExamplePlan, 'source', 0)).toEqual([0, 2]);
  });
});

describe('two files', () => {
  const job = jobOf('translation', spec('train: a.txt, targets: b.txt, unit: character, validation: 0'));

  test('line by line, empty ones too', async () => {
    const { training } = await translationTask.read(job, {
      base: folderWith({ 'a.txt': 'ab\n\n', 'b.txt': 'B\nA\n' }),
    });
    expect([0, 1].map((i) => rowsOf(training as ExamplePlan, 'source', i))).toEqual([[3, 4, 2], [2]]);
  });

  test('of unequal length are a fault with the line', async () => {
    const base = folderWith({ 'a.txt': 'ab\nb\nc\n', 'b.txt': 'B\nA\n' });
    await expect(translationTask.read(job, { base })).rejects.toThrow(/line 3 of a\.txt has no partner/);
  });
});

const models = [
  ['without attention', ', attention: none, bidirectional: true'],
  ['dot', ', attention: dot'],
  ['general, both directions', ', attention: general, bidirectional: true'],
  ['additive, both directions', ', attention: additive, bidirectional: true'],
] as const;

describe.each(models)('%s', (_, model) => {
  test('padding changes neither loss nor gradients', async () => {
    const content = await read(letters, words, model);
    const sums = await sumOver(content.model, content.training as ExamplePlan);
    const padded = await sumOver(content.model, paddedMore(content.training as ExamplePlan, 3, 7));
    expect([sums.weight, padded.weight]).toEqual([14, 14]);
    expect(padded.loss).toBeCloseTo(sums.loss, 11);
    for (const [name, values] of Object.entries(sums.gradients)) {
      values.forEach((value, i) => {
        expect(padded.gradients[name][i]).toBeCloseTo(value, 11);
      });
    }
  });

  test('gradients agree with finite differences', async () => {
    const content = await read(letters, words, model);
    const { gradients } = await sumOver(content.model, content.training as ExamplePlan);
    for (const { name } of content.model.parameters) {
      const at = gradients[name].findIndex((value) => value !== 0);
      expect(at).not.toBe(-1);
      expect(gradients[name][at]).toBeCloseTo(
        await slopeOf(content.model, content.training as ExamplePlan, name, at),
        4,
      );
    }
  });
});

/** Trains on all examples at once, with Adam. */
async function train(content: TaskContent, steps: number): Promise<Tensors> {
  const plan = content.training as ExamplePlan;
  const engine = createReferenceEngine();
  const weights = weightsOf(content.model);
  const compiled = await engine.compile(content.model.gradients({ batch: plan.batch, extents: plan.extents[0] }, 1));
  const inputs = exampleValidation(plan).shard(0, 0);
  const moments = Object.entries(weights).map(([name, values]) => ({
    name,
    values,
    m: values.slice().fill(0),
    v: values.slice().fill(0),
  }));
  for (let step = 1; step <= steps; step++) {
    const outputs = await collectOutputs(compiled, { ...weights, ...inputs });
    for (const { name, values, m, v } of moments) {
      outputs[name].forEach((sum, i) => {
        const gradient = sum / outputs.weight[0];
        m[i] += 0.1 * (gradient - m[i]);
        v[i] += 0.01 * (gradient * gradient - v[i]);
        values[i] -= (0.03 * m[i]) / (1 - 0.9 ** step) / (Math.sqrt(v[i] / (1 - 0.99 ** step)) + 1e-8);
      });
    }
  }
  return weights;
}

test.each(['word', 'byte-pair, merges: 9'])('a damaged preparation.json is a fault: %s', (unit) => {
  const restore = (json: object) =>
    translationTask.restore(jobOf('translation', spec(`${table}, unit: ${unit}`)), json as Preparation);
  expect(() => restore({})).toThrow(/vocabulary cannot be used/);
  expect(() => restore({ both: { unit: 'byte' } })).toThrow(/cannot be used|no byte-pair units/);
});

describe('writing', () => {
  const sources = ['a b', 'a', 'c b a', 'b', 'a c', 'c c b', 'b a', 'c a'];
  const reversed = sources.map((text) => text.split(' ').toReversed().join(' '));
  const pairs = `en\tde\n${sources.map((text, i) => `${text}\t${reversed[i]}\n`).join('')}`;
  const job = jobOf(
    'translation',
    `
  task: translation
  seed: 5
  data: { ${words} }
  model: { cell: gru, layers: 1, hidden: 12, embedding: 6, bidirectional: true, attention: general }
  training: { batch: 8, shards: 1, optimizer: { name: adam }, epochs: 1, buckets: 1 }
`,
  );

  test('a reversal is learnt, and written by what preparation.json and the weights hold', async () => {
    const base = folderWith({ 'x.tsv': pairs, 'y.tsv': 'en\na b\nc b a\n' });
    const content = await translationTask.read(job, { base });
    const weights = await train(content, 120);
    const { writer, model } = translationTask.restore(job, JSON.parse(JSON.stringify(content.preparation)));
    if (writer === undefined) throw new Error('it writes');
    expect(model.parameters).toEqual(content.model.parameters);
    const engine = createReferenceEngine();
    const judged = await writer.pairs({ patterns: ['x.tsv'] }, { base });
    const texts = await writer.write(engine, weights, judged.sources, { beam: 3, lengthPenalty: 1 });
    expect(texts).toEqual(reversed);
    expect(writer.scores(texts, judged.references).chrf).toBeCloseTo(100, 9);
    // Fewer sources, in other batches and beside shorter ones: the same texts, and a symbol that was never read is none.
    const asked = await writer.sources({ patterns: ['y.tsv'] }, { base });
    expect(await writer.write(engine, weights, asked, { beam: 1, lengthPenalty: 0 })).toEqual(['b a', 'a b c']);
    expect((await writer.write(engine, weights, ['never', ''], { beam: 2, lengthPenalty: 1 })).length).toBe(2);
  });

  test.each(models)('step by step the logits are those of the whole text: %s', async (_, options) => {
    const content = await read(pairs, words, options);
    const model = translationTask.restore(jobOf('translation', spec(words, options)), content.preparation)
      .model as Translator;
    const plan = paddedMore(content.training as ExamplePlan, 0, 8);
    const [{ source, target: steps }] = plan.extents;
    const inputs = exampleValidation(plan).shard(0, 0);
    const engine = createReferenceEngine('float64');
    const all = { ...weightsOf(model), ...inputs };
    const run = async (program: Program, given: Tensors) => collectOutputs(await engine.compile(program), given);
    const whole = await run(model.prediction({ batch: 8, extents: plan.extents[0] }), all);
    const size = whole.logits.length / steps;
    let state = await run(model.encode({ batch: 8, source }), all);
    const { keys, values } = state;
    for (let t = 0; t < steps; t++) {
      const target = inputs.target.subarray(8 * t, 8 * (t + 1));
      const { logits, ...next } = await run(model.step({ batch: 8, source }), {
        ...all,
        keys,
        values,
        ...state,
        target,
      });
      logits.forEach((logit, i) => {
        expect(logit).toBeCloseTo(whole.logits[t * size + i], 5);
      });
      state = next;
    }
  });
});
