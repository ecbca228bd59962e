// Exported models in onnxruntime: the reference engine's outputs, for other sizes than those that were traced.

import {
  type Cell,
  elements,
  gateCount,
  type LanguageModel,
  languageModelStates,
  type Tensor,
  type Tensors,
  Trace,
  tracePrediction,
} from '@rondo/rnn-core';
import { describe, expect, test } from 'vitest';
import { encodeOnnx } from './encode-onnx.ts';
import {
  exported,
  largestDifference,
  openSession,
  randomFloats,
  randomWeights,
  runReference,
  runSession,
} from './workbench.ts';

const tolerance = 1e-4;

const cells: Record<string, Cell> = {
  lstm: { kind: 'lstm' },
  'gru, reset after': { kind: 'gru', reset: 'after' },
  'gru, reset before': { kind: 'gru', reset: 'before' },
  'rnn tanh': { kind: 'rnn', activation: 'tanh' },
  'rnn relu': { kind: 'rnn', activation: 'relu' },
  'rnn sigmoid': { kind: 'rnn', activation: 'sigmoid' },
};
const axes = ['time', 'batch'] as const;
type Extent = Readonly<Record<(typeof axes)[number], number>>;

describe('a language model', () => {
  const language = (options: Partial<LanguageModel>): LanguageModel => ({
    ...{ vocabulary: 11, embedding: 5, hidden: 7, layers: 1, cell: { kind: 'lstm' }, dropout: 0.3, tied: false },
    ...options,
  });

  /** Two calls, the second with the state after the first; each another length. @returns the largest difference. */
  async function difference(model: LanguageModel, batch: number): Promise<number> {
    const trace = (extent: Extent) => tracePrediction(model, extent);
    const weights = randomWeights(trace({ time: 1, batch: 1 }));
    const session = await openSession(exported(axes, trace, weights));
    let worst = 0;
    let states: Tensors = Object.fromEntries(
      languageModelStates(model).map((name) => [name, randomFloats(name, batch * model.hidden)]),
    );
    for (const time of [6, 3]) {
      const program = trace({ time, batch });
      const ids = randomFloats(`ids ${time}`, time * batch).map((value) => Math.floor(((value + 1) / 2) * 11));
      const inputs = { ...weights, ...states, ids: Int32Array.from(ids) };
      const actual = await runSession(session, program, inputs);
      worst = Math.max(worst, largestDifference(actual, await runReference(program, inputs)));
      states = Object.fromEntries(languageModelStates(model).map((name) => [name, actual[`${name}_next`]]));
    }
    await session.release();
    return worst;
  }

  describe.each(Object.entries(cells))('%s', (_, cell) => {
    test.each([1, 2])('%i layers', async (layers) => {
      expect(await difference(language({ cell, layers }), 3)).toBeLessThan(tolerance);
    });
  });

  test('for one sequence, and with tied weights', async () => {
    expect(await difference(language({ embedding: 7, tied: true }), 1)).toBeLessThan(tolerance);
  });

  test('names its axes, inputs and outputs, and tells about itself', async () => {
    const model = language({ layers: 2 });
    const trace = (extent: Extent) => tracePrediction(model, extent);
    const weights = randomWeights(trace({ time: 1, batch: 1 }));
    const metadata = { run: 'fables-1', step: '200' };
    const file = Buffer.concat([...encodeOnnx({ axes, trace, weights, version: '1.2.3', metadata })]);
    const session = await openSession(new Uint8Array(file));
    const shapes = (values: typeof session.inputMetadata) =>
      Object.fromEntries(values.map((value) => [value.name, value.isTensor ? [value.type, ...value.shape] : []]));
    const state = ['float32', 'batch', 7];
    expect(shapes(session.inputMetadata)).toEqual({
      ids: ['int32', 'time', 'batch'],
      ...{ h_l0: state, c_l0: state, h_l1: state, c_l1: state },
    });
    expect(shapes(session.outputMetadata)).toEqual({
      ...{ h_l0_next: state, c_l0_next: state, h_l1_next: state, c_l1_next: state },
      logits: ['float32', 'time', 'batch', 11],
    });
    for (const text of ['Rondo', '1.2.3', 'run', 'fables-1', 'step', '200', 'embedding.weight']) {
      expect(file.includes(text)).toBe(true);
    }
    await session.release();
  });
});

describe('layers in both directions over sequences of unequal length', () => {
  const input = 5;
  const hidden = 4;

  function traceStack(cell: Cell, { time, batch }: Extent) {
    const trace = new Trace();
    const lengths = trace.input('batch', 'lengths', [batch], 'int32');
    let x: Tensor = trace.input('batch', 'x', [time, batch, input]);
    const direction = (layer: number, reverse: boolean) => {
      const suffix = `l${layer}${reverse ? '_reverse' : ''}`;
      const rows = gateCount(cell) * hidden;
      const weight = (name: string, ...shape: number[]) => trace.input('weight', `rnn.${name}_${suffix}`, shape);
      const operands = {
        x,
        weightIh: weight('weight_ih', rows, x.shape[2]),
        weightHh: weight('weight_hh', rows, hidden),
        biasIh: weight('bias_ih', rows),
        biasHh: weight('bias_hh', rows),
        h0: trace.input('state', `h_${suffix}`, [batch, hidden]),
        c0: cell.kind === 'lstm' ? trace.input('state', `c_${suffix}`, [batch, hidden]) : undefined,
        lengths,
      };
      const { y, hN, cN } = trace.apply('recurrent', operands, { cell, reverse });
      trace.output('state', `h_${suffix}`, hN);
      if (cN) trace.output('state', `c_${suffix}`, cN);
      return y;
    };
    for (const layer of [0, 1]) {
      x = trace.apply('concat', { a: direction(layer, false), b: direction(layer, true) }, {}).y;
    }
    trace.output('result', 'y', x);
    return trace.program('stack');
  }

  test.each(Object.entries(cells))('%s', async (_, cell) => {
    const trace = (extent: Extent) => traceStack(cell, extent);
    const weights = randomWeights(trace({ time: 1, batch: 1 }));
    const session = await openSession(exported(axes, trace, weights));
    for (const lengths of [[6, 1, 4], [2, 0], [7]]) {
      const program = trace({ time: 7, batch: lengths.length });
      const inputs: Record<string, Float32Array | Int32Array> = { ...weights, lengths: Int32Array.from(lengths) };
      for (const { name, role, tensor } of program.inputs) {
        if (role !== 'weight' && name !== 'lengths') {
          inputs[name] = randomFloats(name, elements(program.tensors[tensor].shape));
        }
      }
      const actual = await runSession(session, program, inputs);
      expect(largestDifference(actual, await runReference(program, inputs))).toBeLessThan(tolerance);
    }
    await session.release();
  });
});

test('products, sums, cuts and constants, whatever axes are free', async () => {
  const trace = ({ time, batch }: Extent) => {
    const record = new Trace();
    const x = record.input('batch', 'x', [time, batch, 5]);
    const square = record.input('batch', 'square', [batch, 5]);
    const weight = record.input('weight', 'weight', [5, 5]);
    const apply = record.apply.bind(record);
    const filled = apply('fill', {}, { shape: x.shape, value: 0.5 }).y;
    const affine = apply('add', { a: apply('linear', { x, weight }, {}).y, b: filled }, {}).y;
    const cut = apply('slice', { x: apply('multiply', { a: affine, b: x }, {}).y }, { start: 1, size: 3 }).y;
    record.output('result', 'padded', apply('pad', { x: cut }, { start: 2, size: 6 }).y);
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const a = transposeA ? apply('matmul', { a: x, b: x }, { transposeA, transposeB: false }).y : x;
        const { y } = apply('matmul', { a, b: transposeB ? square : weight }, { transposeA: false, transposeB });
        record.output('result', `product ${transposeA} ${transposeB}`, y);
      }
    }
    return record.program('plain');
  };
  const weights = randomWeights(trace({ time: 1, batch: 1 }));
  const session = await openSession(exported(axes, trace, weights));
  for (const extent of [
    { time: 4, batch: 3 },
    { time: 1, batch: 2 },
  ]) {
    const program = trace(extent);
    const { time, batch } = extent;
    const inputs = {
      ...weights,
      x: randomFloats('x', time * batch * 5),
      square: randomFloats('square', batch * 5),
    };
    const actual = await runSession(session, program, inputs);
    expect(largestDifference(actual, await runReference(program, inputs))).toBeLessThan(tolerance);
  }
});

describe('what has no form in ONNX is refused, with what to do instead', () => {
  const encode = (trace: (extent: Extent) => ReturnType<Trace['program']>) => () => exported(axes, trace, {});

  test('an operation of training', () => {
    const trace = ({ time, batch }: Extent) => {
      const record = new Trace();
      const logits = record.input('batch', 'logits', [time, batch, 3]);
      const targets = record.input('batch', 'targets', [time, batch], 'int32');
      record.output('loss', 'loss', record.apply('crossEntropy', { logits, targets }, { smoothing: 0 }).lossSum);
      return record.program('loss');
    };
    expect(encode(trace)).toThrow(
      expect.objectContaining({
        code: 'no-onnx-form',
        message: 'crossEntropy has no form in ONNX; export the weights instead: --format safetensors',
      }),
    );
  });

  test('a size or operations that depend on the sizes in another way', () => {
    const sized = (size: (extent: Extent) => number) => (extent: Extent) => {
      const record = new Trace();
      record.output('result', 'y', record.input('batch', 'x', [size(extent)]));
      return record.program('odd');
    };
    expect(encode(sized(({ time, batch }) => time + batch))).toThrow(/odd: has a size that is no product of time and /);
    expect(encode(sized(({ time, batch }) => 6 * time * time * batch))).not.toThrow();
    const doubled = ({ time }: Extent) => {
      const record = new Trace();
      let x = record.input('batch', 'x', [time, 2]);
      for (let t = 0; t < time; t++) x = record.apply('add', { a: x, b: x }, {}).y;
      record.output('result', 'y', x);
      return record.program('unrolled');
    };
    expect(encode(doubled)).toThrow(/^unrolled: its operations depend on the size of time or batch; /);
  });

  test('weights of a recurrent layer that are computed', () => {
    const trace = ({ time, batch }: Extent) => {
      const record = new Trace();
      const weight = record.apply('fill', {}, { shape: [2, 2], value: 1 }).y;
      const bias = record.apply('fill', {}, { shape: [2], value: 1 }).y;
      const { y } = record.apply(
        'recurrent',
        {
          x: record.input('batch', 'x', [time, batch, 2]),
          ...{ weightIh: weight, weightHh: weight, biasIh: bias, biasHh: bias },
          h0: record.input('state', 'h', [batch, 2]),
        },
        { cell: { kind: 'rnn', activation: 'tanh' }, reverse: false },
      );
      record.output('result', 'y', y);
      return record.program('computed');
    };
    expect(encode(trace)).toThrow(/^computed: weights of recurrent that are computed; /);
  });

  test('more than 2 GiB, before anything is computed', () => {
    const trace = () => {
      const record = new Trace();
      record.output('result', 'y', record.input('weight', 'large', [2 ** 20, 2 ** 10]));
      return record.program('large');
    };
    expect(encode(trace)).toThrow(expect.objectContaining({ code: 'onnx-too-large' }));
  });
});
