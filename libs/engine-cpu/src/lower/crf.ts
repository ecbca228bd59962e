// The linear-chain conditional random field and its gradient: a matrix product and a kernel a step, one product for the pairs
// of all steps. Letters: T time, B batch, K tags. `loss-kernels.ts` of simd says what the matrices hold.

import type { Operation } from '@rondo/rnn-core';
import { type Matrix, rowRange } from '../matrix.ts';
import { emitLoss } from './loss.ts';
import type { Lowering } from './lowering.ts';

type Inputs = Operation<'crf' | 'crfGradient'>['inputs'];

/** What the gradient needs of the forward pass; byte offsets where nothing else is said. */
export interface CrfTape {
  readonly odds: Matrix; // [K, K]
  readonly logs: Matrix; // [T·B, K], as sums and alphas
  readonly sums: Matrix;
  readonly alphas: Matrix;
  readonly rare: number; // int32 [T]
  readonly logTotals: number; // [B]
}

/** Which operands are whose: several fields may read one tensor. */
const keyOf = ({ emissions, transitions, start, end, targets, lengths }: Inputs) =>
  [emissions, transitions, start, end, targets, lengths].join();

export function crf(lowering: Lowering, { inputs, outputs }: Operation<'crf'>): void {
  const [time, batch, tags] = lowering.shape(inputs.emissions);
  const { transitions, start, end, targets, lengths } = operandsOf(lowering, inputs);
  const emissions = lowering.as('features', inputs.emissions);
  const matrix = () => lowering.allocate('features', time * batch, tags);
  const odds = lowering.allocate('rows', tags, tags);
  const [logs, sums, alphas] = [matrix(), matrix(), matrix()];
  const shift = lowering.take(4 * tags);
  const [offsets, rare, logTotals] = [lowering.take(8 * batch), lowering.take(4 * time), lowering.take(4 * batch)];
  lowering.emit('other', ({ kernels }) => kernels.crfOdds(tags, transitions, shift, odds.at));
  for (let t = 0; t < time; t++) {
    const at = (of: Matrix, step = t) => rowRange(of, step * batch, batch);
    if (t > 0) lowering.product(at(alphas, t - 1), false, odds, false, at(sums));
    const scores = [at(emissions).at, emissions.ld, t === 0 ? start : shift, transitions] as const;
    const states = [at(sums).at, at(logs).at, at(alphas).at, logs.ld, offsets, rare] as const;
    lowering.emit('other', ({ kernels }) => kernels.crfForward(tags, batch, ...scores, ...states, lengths, t));
  }
  const last = rowRange(logs, (time - 1) * batch, batch);
  const scores = [emissions.at, emissions.ld, transitions, start, end, targets] as const;
  emitLoss(lowering, outputs, (kernels, results) =>
    kernels.crfLoss(tags, batch, ...scores, last.at, last.ld, offsets, lengths, logTotals, results),
  );
  lowering.crfTapes.set(keyOf(inputs), { odds, logs, sums, alphas, rare, logTotals });
}

export function crfGradient(lowering: Lowering, { inputs, outputs }: Operation<'crfGradient'>): void {
  const tape = lowering.crfTapes.get(keyOf(inputs));
  if (tape === undefined) throw new Error(`${lowering.program.name}: crfGradient without its crf`);
  lowering.crfTapes.delete(keyOf(inputs)); // the logs become shares in place: once
  const { odds, logs, sums, alphas, rare, logTotals } = tape;
  const [time, batch, tags] = lowering.shape(inputs.emissions);
  const { transitions, end, targets, lengths } = operandsOf(lowering, inputs);
  const scale = lowering.matrix(inputs.dLossSum).at;
  const marginals = lowering.result(outputs.dEmissions, 'features');
  const dTransitions = lowering.result(outputs.dTransitions, 'rows').at;
  const [dStart, dEnd] = [lowering.result(outputs.dStart, 'rows').at, lowering.result(outputs.dEnd, 'rows').at];

  lowering.emit('other', ({ kernels }) => kernels.crfCounts(tags, batch, targets, lengths, dTransitions));
  for (let t = time - 1; t >= 0; t--) {
    const at = (of: Matrix, step = t) => rowRange(of, step * batch, batch);
    if (t < time - 1) lowering.product(at(logs, t + 1), false, odds, true, at(marginals));
    const states = [at(sums).at, at(logs).at, at(alphas).at, at(marginals).at, logs.ld] as const;
    lowering.emit('other', ({ kernels }) => {
      const scores = [end, transitions, logTotals] as const;
      kernels.crfBackward(tags, batch, ...scores, ...states, dTransitions, rare, lengths, t, time - 1);
    });
  }
  const pairs = lowering.allocate('rows', tags, tags);
  const steps = (time - 1) * batch;
  if (steps > 0) lowering.product(rowRange(alphas, 0, steps), true, rowRange(logs, batch, steps), false, pairs);
  const pairsAt = steps > 0 ? pairs.at : 0;
  lowering.emit('other', ({ kernels, float32 }) => {
    const results = [marginals.at, marginals.ld, dTransitions, dStart, dEnd] as const;
    kernels.crfGradient(tags, time, batch, targets, lengths, float32[scale / 4], odds.at, pairsAt, ...results);
  });
}

/** Byte offsets. */
function operandsOf(lowering: Lowering, inputs: Inputs) {
  return {
    transitions: lowering.as('rows', inputs.transitions).at,
    start: lowering.as('rows', inputs.start).at,
    end: lowering.as('rows', inputs.end).at,
    targets: lowering.integers(inputs.targets),
    lengths: lowering.integers(inputs.lengths),
  };
}
