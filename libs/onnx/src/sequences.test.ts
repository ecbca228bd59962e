// Attention, pooling, normalization and shapes in onnxruntime, against plain loops.

import type { Program, Shape, TensorType } from '@rondo/rnn-core';
import { describe, expect, test } from 'vitest';
import { exported, openSession, randomFloats, runSession } from './workbench.ts';

/** A program of one operation: its operands are the inputs, its results the outputs, by name. */
function programOf(
  kind: string,
  options: object,
  operands: Readonly<Record<string, Shape>>,
  results: Readonly<Record<string, Shape>>,
): Program {
  const tensors: TensorType[] = [];
  const ports = (shapes: Readonly<Record<string, Shape>>) =>
    Object.entries(shapes).map(([name, shape]) => {
      tensors.push({ shape, type: name === 'lengths' ? 'int32' : 'float32' });
      return { name, tensor: tensors.length - 1 };
    });
  const inputs = ports(operands).map((port) => ({ ...port, role: 'batch' as const }));
  const outputs = ports(results).map((port) => ({ ...port, role: 'result' as const }));
  const byName = (all: readonly { name: string; tensor: number }[]) =>
    Object.fromEntries(all.map(({ name, tensor }) => [name, tensor]));
  const operation = { kind, inputs: byName(inputs), outputs: byName(outputs), options } as never;
  return { name: kind, tensors, inputs, operations: [operation], outputs };
}

const [H, F] = [5, 4];
const lengths = [4, 0, 2];
const B = lengths.length;
type Sizes = Readonly<Record<'query' | 'time' | 'batch', number>>;

/** Runs the operation at `query` 3, `time` 4, `batch` 3. @returns outputs by name. */
async function run(
  trace: (sizes: Sizes) => Program,
  inputs: Readonly<Record<string, Float32Array | Int32Array>>,
): Promise<Readonly<Record<string, ArrayLike<number>>>> {
  const session = await openSession(exported(['query', 'time', 'batch'], trace, {}));
  const outputs = await runSession(session, trace({ query: 3, time: 4, batch: B }), inputs);
  await session.release();
  return outputs;
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const differences = expected.map((value, i) => Math.abs(value - actual[i]));
  expect(differences.every((value) => value < 1e-4)).toBe(true);
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe.each(['dot', 'additive'])('attention, %s', (score) => {
  test.each([true, false])('with lengths: %s', async (padded) => {
    const shapes = ({ query, time, batch }: Sizes) => ({
      query: [query, batch, H],
      keys: [time, batch, H],
      values: [time, batch, F],
      ...(padded && { lengths: [batch] }),
      ...(score === 'additive' && { vector: [H] }),
    });
    const trace = (sizes: Sizes) => {
      const { query, time, batch } = sizes;
      const results = { y: [query, batch, F], weights: [query, batch, time] };
      return programOf('attention', { score }, shapes(sizes), results);
    };
    const query = randomFloats('query', 3 * B * H);
    const keys = randomFloats('keys', 4 * B * H);
    const values = randomFloats('values', 4 * B * F);
    const vector = randomFloats('vector', H);
    const scoreOf = (q: number, k: number, b: number) =>
      sum(
        range(H).map((h) => {
          const [left, right] = [query[(q * B + b) * H + h], keys[(k * B + b) * H + h]];
          return score === 'dot' ? left * right : vector[h] * Math.tanh(left + right);
        }),
      );
    const weights = range(3).flatMap((q) =>
      range(B).flatMap((b) => {
        const exps = range(4).map((k) => (!padded || k < lengths[b] ? Math.exp(scoreOf(q, k, b)) : 0));
        const total = sum(exps);
        return exps.map((value) => (total === 0 ? 0 : value / total));
      }),
    );
    const y = range(3 * B).flatMap((row) =>
      range(F).map((f) => sum(range(4).map((k) => weights[row * 4 + k] * values[(k * B + (row % B)) * F + f]))),
    );
    const outputs = await run(trace, { query, keys, values, lengths: Int32Array.from(lengths), vector });
    expectClose(outputs.weights, weights);
    expectClose(outputs.y, y);
  });
});

describe.each(['mean', 'max'])('pool, %s', (over) => {
  test.each([true, false])('with lengths: %s', async (padded) => {
    const trace = ({ time, batch }: Sizes) =>
      programOf('pool', { over }, { x: [time, batch, F], ...(padded && { lengths: [batch] }) }, { y: [batch, F] });
    // Below zero, so that what lies past a length would be the largest.
    const x = randomFloats('x', 4 * B * F).map((value) => value - 2);
    const expected = range(B).flatMap((b) =>
      range(F).map((f) => {
        const valid = range(padded ? lengths[b] : 4).map((t) => x[(t * B + b) * F + f]);
        if (valid.length === 0) return 0;
        return over === 'mean' ? sum(valid) / valid.length : Math.max(...valid);
      }),
    );
    expectClose((await run(trace, { x, lengths: Int32Array.from(lengths) })).y, expected);
  });
});

test('layerNorm', async () => {
  const trace = ({ time, batch }: Sizes) =>
    programOf('layerNorm', { epsilon: 1e-3 }, { x: [time, batch, F], gain: [F], bias: [F] }, { y: [time, batch, F] });
  const [x, gain, bias] = [randomFloats('x', 4 * B * F), randomFloats('gain', F), randomFloats('bias', F)];
  const expected = range(4 * B).flatMap((row) => {
    const values = [...x.subarray(row * F, (row + 1) * F)];
    const mean = sum(values) / F;
    const variance = sum(values.map((value) => (value - mean) ** 2)) / F;
    return values.map((value, f) => (gain[f] * (value - mean)) / Math.sqrt(variance + 1e-3) + bias[f]);
  });
  expectClose((await run(trace, { x, gain, bias })).y, expected);
});

test.each([
  ['tanh', Math.tanh],
  ['relu', (x: number) => Math.max(x, 0)],
  ['sigmoid', (x: number) => 1 / (1 + Math.exp(-x))],
] as const)('activation, %s', async (name, formula) => {
  const trace = ({ time, batch }: Sizes) =>
    programOf('activation', { function: name }, { x: [time, batch, F] }, { y: [time, batch, F] });
  const x = randomFloats('x', 4 * B * F);
  expectClose((await run(trace, { x })).y, [...x].map(formula));
});

test.each([
  ['rows of all steps', ({ time, batch }: Sizes) => [time * batch, F]],
  ['two free axes', ({ time, batch }: Sizes) => [batch, 2, time, F / 2]],
])('reshape to %s', async (_, shape) => {
  const trace = (sizes: Sizes) =>
    programOf('reshape', { shape: shape(sizes) }, { x: [sizes.time, sizes.batch, F] }, { y: shape(sizes) });
  const x = randomFloats('x', 4 * B * F);
  expectClose((await run(trace, { x })).y, [...x]);
});
