// The sequence regressor: a recurrent stack over numbers and a linear output, one vector a sequence or one a step.

import type { Signatures } from '../program/operation.ts';
import type { Tensor } from '../program/tensor.ts';
import { type Pooling, pooled } from './classifier.ts';
import { linearParameters, outputWidth, recurrentParameters } from './layers.ts';
import { defineModel, isUnjudged, type Model, type ModelTrace, type Outcome, type ShardShape } from './model.ts';
import { type RecurrentStack, readSequences } from './recurrent-stack.ts';

export interface Regressor extends RecurrentStack {
  /** Numbers read a time step. */
  readonly features: number;
  /** Numbers told a sequence, or a step. */
  readonly outputs: number;
  /** What tells them: a pooled sequence, or every step of it. */
  readonly output: Exclude<Pooling, 'attention'> | 'every';
  /** With `every`: only training asks every step, else the last one tells. */
  readonly lastTells: boolean;
  readonly loss: Signatures['regressionLoss']['options'];
  /** Share dropped after every layer and after pooling, while training. */
  readonly dropout: number;
  /** One mask for all steps of a sequence (Gal and Ghahramani 2016). */
  readonly variational?: boolean | undefined;
}

/**
 * Inputs beside the weights: `x` [T, B, features], `lengths` int32 [B] (0: no sequence), `targets` and their `weights` (0: does not
 * count), [B, outputs] or, where every step tells, [T, B, outputs]. Results: `values`, like targets. The extent's axis is `time`.
 */
export function regressor(model: Regressor): Model {
  const { features, outputs, output, lastTells } = model;
  const parameters = [
    ...recurrentParameters('rnn', model, features),
    ...linearParameters('output', outputWidth(model), outputs),
  ];
  // Whoever reads backwards too begins with the end; mean and maximum would need those of what was read; a window has its length.
  const continues = !model.bidirectional && !lastTells && (output === 'last' || output === 'every');
  const record = (trace: ModelTrace, { batch, extents: { time } }: ShardShape): Outcome => {
    const lengths = trace.input('batch', 'lengths', [batch], 'int32');
    const drop = (x: Tensor) => trace.dropout(x, model.dropout, model.variational);
    const read = readSequences(trace, model, trace.input('batch', 'x', [time, batch, features]), lengths, drop);
    const isTraining = trace.purpose.kind === 'gradients';
    const pooling = output !== 'every' ? output : lastTells && !isTraining ? 'last' : undefined;
    const state = pooling === undefined ? read.y : pooled(trace, { ...model, pooling }, read, lengths);
    const values = trace.linear('output', drop(state));
    if (isUnjudged(trace.purpose)) return { results: { values } };
    const targets = trace.input('batch', 'targets', values.shape);
    const weights = trace.input('batch', 'weights', values.shape);
    return { loss: trace.apply('regressionLoss', { y: values, targets, weights }, model.loss), results: { values } };
  };
  return defineModel('regressor', parameters, record, { continues });
}
