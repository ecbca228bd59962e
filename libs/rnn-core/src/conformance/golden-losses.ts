// PyTorch's losses with their gradients: cross-entropy with class weights and smoothing, regression, conditional random
// fields (`tools/goldens/generate-losses.py` made the files of the first two).

import { derivative } from '../program/derivative.ts';
import type { Operands, Signatures } from '../program/operation.ts';
import type { Tensor, TensorData } from '../program/tensor.ts';
import { Trace } from '../program/trace.ts';
import { type Case, expectClose, runOnce } from './case.ts';
import field from './goldens/loss-crf.json' with { type: 'json' };
import classification from './goldens/loss-cross-entropy.json' with { type: 'json' };
import regression from './goldens/loss-regression.json' with { type: 'json' };

const tolerance = 2e-5;

type Loss = 'crossEntropy' | 'regressionLoss' | 'crf';

interface GoldenTensor {
  readonly shape: number[];
  readonly data: number[];
}

interface Golden {
  readonly loss: number;
  readonly weight: number;
  /** By operand. */
  readonly gradients: Readonly<Record<string, GoldenTensor>>;
}

export function goldenLossCases(): Case[] {
  const { logits, targets, class_weights: classWeights } = classification;
  const { y, targets: values, weights } = regression;
  const { emissions, transitions, start, end } = field;
  const lengths = { shape: [field.batch], data: field.lengths };
  return [
    ...classification.cases.map(({ weighted, smoothing, loss_sum: loss, weight, gradient }) =>
      lossCase(
        `loss-cross-entropy ${weighted ? 'weighted, ' : ''}smoothing ${smoothing}`,
        'crossEntropy',
        { smoothing },
        { floats: weighted ? { logits, classWeights } : { logits }, integers: { targets } },
        { loss, weight, gradients: { logits: gradient } },
      ),
    ),
    ...regression.cases.map(({ kind, delta, loss_sum: loss, gradient }) =>
      lossCase(
        `loss-regression ${kind}`,
        'regressionLoss',
        { kind: kind as Signatures['regressionLoss']['options']['kind'], delta },
        { floats: { y, targets: values, weights }, integers: {} },
        { loss, weight: regression.weight, gradients: { y: gradient } },
      ),
    ),
    lossCase(
      'loss-crf',
      'crf',
      {},
      { floats: { emissions, transitions, start, end }, integers: { targets: field.targets, lengths } },
      {
        loss: field.nll_sum,
        weight: field.lengths.reduce((sum, length) => sum + length, 0),
        gradients: field.gradients,
      },
    ),
  ];
}

/** A loss whose operands are the given tensors, by name. */
function lossCase<K extends Loss>(
  name: string,
  kind: K,
  options: Signatures[K]['options'],
  { floats, integers }: Readonly<Record<'floats' | 'integers', Readonly<Record<string, GoldenTensor>>>>,
  golden: Golden,
): Case {
  return {
    name: `golden ${name}`,
    async run(engine) {
      const trace = new Trace();
      const tensors: Record<string, Tensor> = {};
      const inputs: Record<string, TensorData> = {};
      for (const [label, { shape, data }] of Object.entries(floats)) {
        tensors[label] = trace.input('batch', label, shape);
        inputs[label] = Float32Array.from(data);
      }
      for (const [label, { shape, data }] of Object.entries(integers)) {
        tensors[label] = trace.input('batch', label, shape, 'int32');
        inputs[label] = Int32Array.from(data);
      }
      const { lossSum, weight } = trace.apply<Loss>(kind, tensors as unknown as Operands<Loss, Tensor>, options);
      const one = trace.apply('fill', {}, { shape: [1], value: 1 }).y;
      const wanted = Object.keys(golden.gradients);
      const gradients = derivative(
        trace,
        [{ of: lossSum, is: one }],
        wanted.map((label) => tensors[label]),
      );
      trace.output('loss', 'loss', lossSum);
      trace.output('weight', 'weight', weight);
      wanted.forEach((label, i) => {
        trace.output('result', `gradient ${label}`, gradients[i]);
      });
      const outputs = await runOnce(engine, trace.program(name), inputs);
      expectClose('loss', outputs.loss, [golden.loss], tolerance);
      expectClose('weight', outputs.weight, [golden.weight], tolerance);
      for (const label of wanted) {
        expectClose(`gradient ${label}`, outputs[`gradient ${label}`], golden.gradients[label].data, tolerance);
      }
    },
  };
}
