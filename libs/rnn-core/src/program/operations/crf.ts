// The linear-chain conditional random field over tags (Lafferty, McCallum and Pereira 2001), in nats.

import { type Definition, expect } from '../definition.ts';
import { type Shape, sameShape, type TensorType } from '../tensor.ts';

const float = (...shape: number[]): TensorType => ({ shape, type: 'float32' });

/**
 * emissions [T, B, K], transitions [K, K] (from a tag to the one behind it), start and end [K], targets int32 [T, B], lengths
 * int32 [B] → lossSum [1] = Σ_b log Z_b - score(targets of b), weight [1] = Σ_b lengths[b], the tags counted.
 *
 * A path's score is start[first] + Σ_t emissions[t, tag] + Σ_t transitions[tag before, tag] + end[last]; Z sums e^score over
 * all paths of the sequence's length. A sequence of length 0 does not count; what lies past a length is not read.
 */
export const crf: Definition<'crf'> = {
  results({ emissions, transitions, start, end, targets, lengths }) {
    expect(emissions.shape.length === 3, 'crf', 'emissions are [T, B, K]');
    const [time, batch, tags] = emissions.shape as [number, number, number];
    const fits = (name: string, tensor: TensorType, shape: Shape) =>
      expect(sameShape(tensor.shape, shape), 'crf', `${name} is [${tensor.shape}], expected [${shape}]`);
    fits('transitions', transitions, [tags, tags]);
    fits('start', start, [tags]);
    fits('end', end, [tags]);
    fits('targets', targets, [time, batch]);
    fits('lengths', lengths, [batch]);
    expect(targets.type === 'int32' && lengths.type === 'int32', 'crf', 'targets and lengths are int32');
    return { lossSum: float(1), weight: float(1) };
  },
  derivative(trace, { inputs, cotangents: { lossSum: dLossSum } }) {
    if (dLossSum === undefined) return {};
    const gradient = trace.apply('crfGradient', { ...inputs, dLossSum }, {});
    return {
      emissions: gradient.dEmissions,
      transitions: gradient.dTransitions,
      start: gradient.dStart,
      end: gradient.dEnd,
    };
  },
};

/**
 * Of each score dLossSum times how often it is expected to be used, given the emissions, less how often the targets use it:
 * the marginal probabilities of tags and of neighbouring tags, by the forward and backward recursions. Zero past a length.
 */
export const crfGradient: Definition<'crfGradient'> = {
  results: ({ emissions, transitions, start, end }) => ({
    dEmissions: float(...emissions.shape),
    dTransitions: float(...transitions.shape),
    dStart: float(...start.shape),
    dEnd: float(...end.shape),
  }),
};
