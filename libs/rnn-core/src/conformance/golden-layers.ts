// PyTorch's recurrent layers: outputs, final states and every gradient (`tools/goldens/generate-losses.py` made the files of
// the projected ones).

import { applyRecurrentStack, type RecurrentStack, stateNames } from '../models/recurrent-stack.ts';
import type { Cell } from '../program/cell.ts';
import { type Cotangent, derivative } from '../program/derivative.ts';
import type { Tensor, TensorData } from '../program/tensor.ts';
import { Trace } from '../program/trace.ts';
import { type Case, expectClose, runOnce } from './case.ts';
import gru from './goldens/layer-gru.json' with { type: 'json' };
import gruBefore from './goldens/layer-gru-reset-before.json' with { type: 'json' };
import gruStacked from './goldens/layer-gru-stacked-bidirectional.json' with { type: 'json' };
import lstm from './goldens/layer-lstm.json' with { type: 'json' };
import lstmOdd from './goldens/layer-lstm-odd-sizes.json' with { type: 'json' };
import lstmProjected from './goldens/layer-lstm-projected.json' with { type: 'json' };
import lstmStacked from './goldens/layer-lstm-stacked-bidirectional.json' with { type: 'json' };
import rnnRelu from './goldens/layer-rnn-relu.json' with { type: 'json' };
import rnnSigmoid from './goldens/layer-rnn-sigmoid.json' with { type: 'json' };
import rnnTanh from './goldens/layer-rnn-tanh.json' with { type: 'json' };
import paddedGru from './goldens/padded-gru.json' with { type: 'json' };
import paddedLstm from './goldens/padded-lstm-bidirectional.json' with { type: 'json' };
import paddedProjected from './goldens/padded-lstm-projected-bidirectional.json' with { type: 'json' };

const tolerance = 1e-4;

export interface GoldenTensor {
  readonly shape: number[];
  readonly data: number[];
}

interface GoldenLayer {
  readonly weights: { readonly [name: string]: GoldenTensor };
  readonly x: GoldenTensor;
  readonly dy: GoldenTensor;
  readonly y: GoldenTensor;
  readonly gradients: { readonly [name: string]: GoldenTensor };
  readonly hidden: number;
  readonly projection?: number;
  readonly batch: number;
  readonly layers?: number;
  readonly bidirectional?: boolean;
  readonly lengths?: number[];
  readonly h0?: GoldenTensor;
  readonly c0?: GoldenTensor;
  readonly hn?: GoldenTensor;
  readonly cn?: GoldenTensor;
  readonly dhn?: GoldenTensor;
  readonly dcn?: GoldenTensor;
}

const cells = {
  tanh: { kind: 'rnn', activation: 'tanh' },
  relu: { kind: 'rnn', activation: 'relu' },
  sigmoid: { kind: 'rnn', activation: 'sigmoid' },
  lstm: { kind: 'lstm' },
  gru: { kind: 'gru', reset: 'after' },
  gruBefore: { kind: 'gru', reset: 'before' },
} as const satisfies Record<string, Cell>;

export function goldenLayerCases(): Case[] {
  return [
    layerCase('layer-rnn-tanh', cells.tanh, rnnTanh),
    layerCase('layer-rnn-relu', cells.relu, rnnRelu),
    layerCase('layer-lstm', cells.lstm, lstm),
    layerCase('layer-lstm-odd-sizes', cells.lstm, lstmOdd),
    layerCase('layer-lstm-stacked-bidirectional', cells.lstm, lstmStacked),
    layerCase('layer-gru', cells.gru, gru),
    layerCase('layer-gru-stacked-bidirectional', cells.gru, gruStacked),
    layerCase('padded-gru', cells.gru, paddedGru),
    layerCase('padded-lstm-bidirectional', cells.lstm, paddedLstm),
    layerCase('layer-gru-reset-before', cells.gruBefore, gruResetBefore()),
    rnnSigmoidCase(),
    layerCase('layer-lstm-projected', cells.lstm, lstmProjected),
    layerCase('padded-lstm-projected-bidirectional', cells.lstm, paddedProjected),
  ];
}

/** Row `index` of a golden [N, B, H] tensor. */
const rowOf = ({ shape, data }: GoldenTensor, index: number): number[] => {
  const size = data.length / shape[0];
  return data.slice(index * size, (index + 1) * size);
};

function layerCase(name: string, cell: Cell, golden: GoldenLayer): Case {
  return {
    name: `golden ${name}`,
    async run(engine) {
      const stack: RecurrentStack = {
        cell,
        layers: golden.layers ?? 1,
        hidden: golden.hidden,
        bidirectional: golden.bidirectional ?? false,
        projection: golden.projection,
      };
      const trace = new Trace();
      const inputs: Record<string, TensorData> = {};
      const tensors = new Map<string, Tensor>();
      const input = (label: string, shape: readonly number[], data: Iterable<number>) => {
        inputs[label] = Float32Array.from(data);
        const tensor = trace.input('batch', label, shape);
        tensors.set(label, tensor);
        return tensor;
      };
      const states = stateNames(stack);
      // PyTorch's [layers · directions, B, H] state holds row n for the n-th suffix.
      const stateRow = (label: string) => states.filter((other) => other[0] === label[0]).indexOf(label);
      const x = input('x', golden.x.shape, golden.x.data);
      const lengths = golden.lengths && trace.input('batch', 'lengths', [golden.batch], 'int32');
      if (golden.lengths) inputs.lengths = Int32Array.from(golden.lengths);
      const { y, final } = applyRecurrentStack(trace, stack, {
        x,
        weight: (label) => input(label, golden.weights[label].shape, golden.weights[label].data),
        state(label) {
          const [initial, size] = label.startsWith('h')
            ? [golden.h0, golden.projection ?? golden.hidden]
            : [golden.c0, golden.hidden];
          const data = initial ? rowOf(initial, stateRow(label)) : new Float32Array(golden.batch * size);
          return input(label, [golden.batch, size], data);
        },
        lengths,
      });

      const seeds: Cotangent[] = [{ of: y, is: input('dy', golden.dy.shape, golden.dy.data) }];
      trace.output('result', 'y', y);
      for (const [label, tensor] of final) {
        trace.output('result', `final ${label}`, tensor);
        const cotangent = label.startsWith('h') ? golden.dhn : golden.dcn;
        if (cotangent) {
          seeds.push({ of: tensor, is: input(`d ${label}`, tensor.shape, rowOf(cotangent, stateRow(label))) });
        }
      }
      const wanted = ['x', ...Object.keys(golden.weights), ...states];
      const gradients = derivative(
        trace,
        seeds,
        wanted.map((label) => tensors.get(label) as Tensor),
      );
      wanted.forEach((label, i) => {
        trace.output('result', `gradient ${label}`, gradients[i]);
      });

      const outputs = await runOnce(engine, trace.program(name), inputs);
      expectClose('y', outputs.y, golden.y.data, tolerance);
      for (const label of states) {
        const expected = label.startsWith('h') ? golden.hn : golden.cn;
        if (expected) {
          expectClose(`final ${label}`, outputs[`final ${label}`], rowOf(expected, stateRow(label)), tolerance);
        }
        const gradient = golden.gradients[label.startsWith('h') ? 'h0' : 'c0'];
        if (gradient) {
          expectClose(`gradient ${label}`, outputs[`gradient ${label}`], rowOf(gradient, stateRow(label)), tolerance);
        }
      }
      for (const label of ['x', ...Object.keys(golden.weights)]) {
        const expected = golden.gradients[label];
        if (expected) expectClose(`gradient ${label}`, outputs[`gradient ${label}`], expected.data, tolerance);
      }
    },
  };
}

/** The golden file has separate gates in the order z, r, n and a z that weights the new state: negated here. */
function gruResetBefore(): GoldenLayer {
  const join = (tensors: { readonly [name: string]: GoldenTensor }, letter: string): GoldenTensor => {
    const [r, z, n] = ['r', 'z', 'n'].map((gate) => tensors[`${letter}_${gate}`]);
    const data = [...r.data, ...z.data.map((value) => -value), ...n.data];
    return { shape: [3 * r.shape[0], ...r.shape.slice(1)], data };
  };
  const named = (tensors: { readonly [name: string]: GoldenTensor }) => ({
    weight_ih_l0: join(tensors, 'W'),
    weight_hh_l0: join(tensors, 'U'),
    bias_ih_l0: join(tensors, 'b'),
  });
  const bias = named(gruBefore.weights).bias_ih_l0;
  const layered = (tensor: GoldenTensor): GoldenTensor => ({ ...tensor, shape: [1, ...tensor.shape] });
  const { x, h0 } = gruBefore.gradients;
  return {
    ...gruBefore,
    h0: layered(gruBefore.h0),
    weights: { ...named(gruBefore.weights), bias_hh_l0: { shape: bias.shape, data: bias.data.map(() => 0) } },
    gradients: { ...named(gruBefore.gradients), x, h0: layered(h0) },
  };
}

/** The logistic network of the golden file has an output layer behind it. */
function rnnSigmoidCase(): Case {
  const golden = rnnSigmoid;
  const names = { W_xh: 'weight_ih_l0', W_hh: 'weight_hh_l0', b_h: 'bias_ih_l0', W_hy: 'W_hy', b_y: 'b_y' } as const;
  return {
    name: 'golden layer-rnn-sigmoid',
    async run(engine) {
      const trace = new Trace();
      const tensors = new Map<string, Tensor>();
      const inputs: Record<string, TensorData> = {};
      const input = (label: string, { shape, data }: GoldenTensor) => {
        inputs[label] = Float32Array.from(data);
        const tensor = trace.input('batch', label, shape);
        tensors.set(label, tensor);
        return tensor;
      };
      const x = input('x', golden.x);
      for (const [theirs, ours] of Object.entries(names)) input(ours, golden.weights[theirs as keyof typeof names]);
      const zeros = (shape: number[]) => ({ shape, data: new Array(shape.reduce((a, b) => a * b)).fill(0) });
      input('bias_hh_l0', zeros([golden.hidden]));
      const hidden = applyRecurrentStack(
        trace,
        { cell: cells.sigmoid, layers: 1, bidirectional: false },
        {
          x,
          weight: (label) => tensors.get(label) as Tensor,
          state: (label) => input(label, zeros([golden.batch, golden.hidden])),
        },
      );
      const [weight, bias] = [tensors.get('W_hy') as Tensor, tensors.get('b_y') as Tensor];
      const { y } = trace.apply('linear', { x: hidden.y, weight, bias }, {});
      trace.output('result', 'y', y);
      const wanted = ['x', ...Object.values(names)];
      const gradients = derivative(
        trace,
        [{ of: y, is: input('dy', golden.dy) }],
        wanted.map((label) => tensors.get(label) as Tensor),
      );
      wanted.forEach((label, i) => {
        trace.output('result', `gradient ${label}`, gradients[i]);
      });
      const outputs = await runOnce(engine, trace.program('layer-rnn-sigmoid'), inputs);
      expectClose('y', outputs.y, golden.y.data, tolerance);
      expectClose('gradient x', outputs['gradient x'], golden.gradients.x.data, tolerance);
      for (const [theirs, ours] of Object.entries(names)) {
        const expected = golden.gradients[theirs as keyof typeof names];
        expectClose(`gradient ${ours}`, outputs[`gradient ${ours}`], expected.data, tolerance);
      }
    },
  };
}
