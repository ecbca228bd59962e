// PyTorch's attention, layer normalization and pooling: outputs and every gradient. `tools/goldens/generate.py` makes the
// files; attention-dot was there before it, as were those of the layers.

import { derivative } from '../program/derivative.ts';
import type { Tensor, TensorData } from '../program/tensor.ts';
import { Trace } from '../program/trace.ts';
import { type Case, expectClose, runOnce } from './case.ts';
import type { GoldenTensor } from './golden-layers.ts';
import additive from './goldens/attention-additive.json' with { type: 'json' };
import dot from './goldens/attention-dot.json' with { type: 'json' };
import layerNorm from './goldens/layer-norm.json' with { type: 'json' };
import poolMax from './goldens/pool-max.json' with { type: 'json' };
import poolMean from './goldens/pool-mean.json' with { type: 'json' };

const tolerance = 1e-4;

interface Golden<Names extends string> {
  readonly inputs: { readonly [N in Names]: GoldenTensor };
  readonly lengths?: readonly number[];
  readonly dy: GoldenTensor;
  readonly y: GoldenTensor;
  /** Of attention, [Tq, B, Tk]. */
  readonly weights?: GoldenTensor;
  readonly gradients: { readonly [N in Names]: GoldenTensor };
}

type Results = { readonly y: Tensor; readonly weights?: Tensor };

export function goldenOperationCases(): Case[] {
  return [
    goldenCase('attention-dot', dotGolden(), (trace, { encoder, decoder, weight, bias }, lengths) => {
      const operands = { query: decoder, keys: encoder, values: encoder, lengths };
      const { y: context, weights } = trace.apply('attention', operands, { score: 'dot' });
      const joined = trace.apply('concat', { a: context, b: decoder }, {}).y;
      const sums = trace.apply('linear', { x: joined, weight, bias }, {}).y;
      return { y: trace.apply('activation', { x: sums }, { function: 'tanh' }).y, weights };
    }),
    goldenCase('attention-additive', additive, (trace, operands, lengths) =>
      trace.apply('attention', { ...operands, lengths }, { score: 'additive' }),
    ),
    goldenCase('layer-norm', layerNorm, (trace, operands) =>
      trace.apply('layerNorm', operands, { epsilon: layerNorm.epsilon }),
    ),
    goldenCase('pool-mean', poolMean, (trace, { x }, lengths) => trace.apply('pool', { x, lengths }, { over: 'mean' })),
    goldenCase('pool-max', poolMax, (trace, { x }, lengths) => trace.apply('pool', { x, lengths }, { over: 'max' })),
  ];
}

function goldenCase<Names extends string>(
  name: string,
  golden: Golden<Names>,
  apply: (trace: Trace, inputs: Readonly<Record<Names, Tensor>>, lengths: Tensor | undefined) => Results,
): Case {
  return {
    name: `golden ${name}`,
    async run(engine) {
      const trace = new Trace();
      const data: Record<string, TensorData> = {};
      const input = (label: string, { shape, data: values }: GoldenTensor) => {
        data[label] = Float32Array.from(values);
        return trace.input('batch', label, shape);
      };
      const labels = Object.keys(golden.inputs) as Names[];
      const inputs = Object.fromEntries(labels.map((label) => [label, input(label, golden.inputs[label])]));
      if (golden.lengths) data.lengths = Int32Array.from(golden.lengths);
      const lengths = golden.lengths && trace.input('batch', 'lengths', [golden.lengths.length], 'int32');
      const { y, weights } = apply(trace, inputs as Record<Names, Tensor>, lengths);
      trace.output('result', 'y', y);
      if (golden.weights && weights) trace.output('result', 'weights', weights);
      const seed = { of: y, is: input('dy', golden.dy) };
      const gradients = derivative(trace, [seed], Object.values(inputs));
      labels.forEach((label, i) => {
        trace.output('result', `gradient ${label}`, gradients[i]);
      });

      const outputs = await runOnce(engine, trace.program(name), data);
      expectClose('y', outputs.y, golden.y.data, tolerance);
      if (golden.weights) expectClose('weights', outputs.weights, golden.weights.data, tolerance);
      for (const label of labels) {
        const what = `gradient ${label}`;
        expectClose(what, outputs[what], golden.gradients[label].data, tolerance);
      }
    },
  };
}

/** The file has the layer's weights apart, and the attention's as [B, Tq, Tk]. */
function dotGolden(): Golden<'encoder' | 'decoder' | 'weight' | 'bias'> {
  const { encoder, decoder, weights: layer, attention } = dot;
  const [batch, timeQ, timeK] = attention.shape as [number, number, number];
  const data = Array.from({ length: timeQ * batch * timeK }, (_, i) => {
    const [t, b, s] = [Math.floor(i / (batch * timeK)), Math.floor(i / timeK) % batch, i % timeK];
    return attention.data[(b * timeQ + t) * timeK + s];
  });
  return { ...dot, inputs: { encoder, decoder, ...layer }, weights: { shape: [timeQ, batch, timeK], data } };
}
