// What a recurrent stack can be beside PyTorch's: first values, what is left out while training, and derivatives of it all.

import { describe, expect, test } from 'vitest';
import { collectOutputs } from '../engine.ts';
import type { Program } from '../program/program.ts';
import type { Tensors } from '../program/tensor.ts';
import { createReferenceEngine } from '../reference/engine.ts';
import { type Classifier, classifier } from './classifier.ts';
import { languageModel, languageModelParameters } from './language-model.ts';
import { recurrentParameters } from './layers.ts';
import type { Model } from './model.ts';
import { initialValues, type Parameter } from './parameter.ts';
import type { RecurrentStack } from './recurrent-stack.ts';

const lstm: RecurrentStack = { cell: { kind: 'lstm' }, layers: 2, hidden: 5, bidirectional: false };
const named = (parameters: readonly Parameter[], name: string) => {
  const index = parameters.findIndex((parameter) => parameter.name === name);
  return { ...parameters[index], values: initialValues(parameters[index], 7, index) };
};

describe('first values', () => {
  test.each([
    ['square blocks', lstm],
    ['blocks of projected states', { ...lstm, projection: 3 }],
  ])('orthogonal: %s have orthonormal columns', (_, stack) => {
    const { shape, values } = named(
      recurrentParameters('rnn', { ...stack, initializer: 'orthogonal' }, 4),
      'rnn.weight_hh_l1',
    );
    const [rows, columns] = shape as [number, number];
    expect(rows).toBe(4 * 5);
    const at = (block: number, i: number, j: number) => values[(block * 5 + i) * columns + j];
    for (let block = 0; block < 4; block++) {
      for (let j = 0; j < columns; j++) {
        for (let k = 0; k < columns; k++) {
          const product = [0, 1, 2, 3, 4].reduce((sum, i) => sum + at(block, i, j) * at(block, i, k), 0);
          expect(product).toBeCloseTo(j === k ? 1 : 0, 6);
        }
      }
    }
    expect(at(0, 0, 0)).not.toBe(at(1, 0, 0));
  });

  test('glorot: within ±√(6/(in + out)) of one gate’s matrix, and up to it', () => {
    const wide = { ...lstm, hidden: 50, initializer: 'glorot' } as const;
    for (const [name, inputs] of [
      ['rnn.weight_ih_l0', 30],
      ['rnn.weight_hh_l0', 50],
    ] as const) {
      const largest = named(recurrentParameters('rnn', wide, 30), name).values.reduce(
        (most, v) => Math.max(most, Math.abs(v)),
        0,
      );
      const bound = Math.sqrt(6 / (inputs + 50));
      expect(largest).toBeLessThanOrEqual(Math.fround(bound));
      expect(largest).toBeGreaterThan(0.99 * bound);
    }
  });

  test('forgetBias: the sum of both biases’ forget part; the rest is drawn as ever', () => {
    const parameters = recurrentParameters('rnn', { ...lstm, forgetBias: 1.5 }, 4);
    const plain = recurrentParameters('rnn', lstm, 4);
    for (const [name, forget] of [
      ['rnn.bias_ih_l1', 1.5],
      ['rnn.bias_hh_l1', 0],
    ] as const) {
      const [values, drawn] = [named(parameters, name).values, named(plain, name).values];
      expect([...values]).toEqual([...drawn.slice(0, 5), ...Array(5).fill(forget), ...drawn.slice(10)]);
    }
  });

  test('options that are left at their defaults change neither parameters nor programs', () => {
    const model = {
      vocabulary: 7,
      embedding: 3,
      hidden: 4,
      layers: 2,
      cell: { kind: 'lstm' },
      dropout: 0.3,
      tied: false,
    } as const;
    const defaults = {
      variational: false,
      recurrentDropout: 0,
      normalization: 'none',
      residual: false,
      initializer: 'uniform',
    } as const;
    const shape = { batch: 2, extents: { time: 3 } };
    expect(languageModelParameters({ ...model, ...defaults })).toEqual(languageModelParameters(model));
    expect(languageModel({ ...model, ...defaults }).gradients(shape, 1)).toEqual(
      languageModel(model).gradients(shape, 1),
    );
  });
});

const masks = (program: Program) =>
  program.operations.flatMap(({ kind, options }) => (kind === 'dropoutMask' ? [options] : []));

test('variational masks span time, those of recurrent weights a step’s shards, each weight once', () => {
  const model = languageModel({
    ...{ ...lstm, vocabulary: 7, embedding: 3, tied: false, dropout: 0.3, variational: true, recurrentDropout: 0.5 },
  });
  const shape = { batch: 2, extents: { time: 3 } };
  const drawn = masks(model.gradients(shape, 1)).map(({ across, shape: of, rate }) => ({ across, of, rate }));
  expect(drawn).toEqual([
    { across: 'time', of: [3, 2, 3], rate: 0.3 },
    { across: 'shard', of: [20, 5], rate: 0.5 },
    { across: 'time', of: [3, 2, 5], rate: 0.3 },
    { across: 'shard', of: [20, 5], rate: 0.5 },
    { across: 'time', of: [3, 2, 5], rate: 0.3 },
  ]);
  expect(masks(model.evaluation(shape))).toEqual([]);
});

const batch = {
  x: Int32Array.of(1, 2, 0, 3, 4, 0, 2, 0, 0, 1, 0, 0),
  lengths: Int32Array.of(4, 2, 0),
  targets: Int32Array.of(1, 0, -1),
};
const options: Classifier = {
  ...{
    ...lstm,
    hidden: 3,
    bidirectional: true,
    classes: 2,
    weighted: false,
    smoothing: 0,
    dropout: 0.3,
    variational: true,
  },
  ...{ recurrentDropout: 0.4, normalization: 'layer', residual: true, initializer: 'orthogonal', forgetBias: 1 },
  input: { kind: 'symbols', vocabulary: 5, embedding: 6 },
  pooling: 'attention',
};

async function lossAndGradients(model: Model): Promise<(weights: Tensors) => Promise<Tensors>> {
  const plan = await createReferenceEngine('float64').compile(model.gradients({ batch: 3, extents: { time: 4 } }, 9));
  return (weights) => collectOutputs(plan, { ...weights, ...batch, step: Int32Array.of(2), shard: Int32Array.of(0) });
}

test.each<[string, Classifier]>([
  ['attention over normalized, residual layers', options],
  ['the normalized final states', { ...options, pooling: 'last' }],
  ['projected states', { ...options, projection: 2, pooling: 'last', residual: false }],
])('derivatives agree with finite differences: %s', async (_, chosen) => {
  const model = classifier(chosen);
  const weights: Record<string, Float64Array> = Object.fromEntries(
    model.parameters.map((parameter, i) => [parameter.name, Float64Array.from(initialValues(parameter, 3, i))]),
  );
  const given = weights as unknown as Tensors;
  const run = await lossAndGradients(model);
  const gradients = await run(given);
  for (const { name } of model.parameters) {
    const places = [0, Math.floor(weights[name].length / 2), weights[name].length - 1];
    for (const i of places) {
      const before = weights[name][i];
      const at = async (value: number) => {
        weights[name][i] = value;
        return (await run(given)).loss[0];
      };
      const slope = ((await at(before + 1e-5)) - (await at(before - 1e-5))) / 2e-5;
      weights[name][i] = before;
      expect(gradients[name][i]).toBeCloseTo(slope, 8);
    }
  }
});

test('sequences of no steps and longer padding change nothing', async () => {
  const model = classifier({ ...options, dropout: 0, recurrentDropout: 0 });
  const weights = Object.fromEntries(model.parameters.map((p, i) => [p.name, initialValues(p, 3, i)]));
  const run = async (shape: { batch: number; time: number }, inputs: Tensors) => {
    const program = model.gradients({ batch: shape.batch, extents: { time: shape.time } }, 9);
    return collectOutputs(await createReferenceEngine('float64').compile(program), { ...weights, ...inputs });
  };
  const padded = await run({ batch: 3, time: 4 }, batch);
  const longer = await run(
    { batch: 2, time: 6 },
    {
      x: Int32Array.of(1, 2, 3, 4, 2, 0, 1, 0, 3, 3, 4, 4),
      lengths: Int32Array.of(4, 2),
      targets: Int32Array.of(1, 0),
    },
  );
  expect(padded.weight).toEqual(longer.weight);
  for (const [name, values] of Object.entries(padded)) {
    values.forEach((value, i) => {
      expect(longer[name][i]).toBeCloseTo(value, 12);
    });
  }
});
