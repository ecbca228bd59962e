// Global attention of all time steps of one sequence to all of another: weights from scores, context from weights.

import { type Definition, expect, expectShape } from '../definition.ts';
import type { TensorType } from '../tensor.ts';

const float = (...shape: number[]): TensorType => ({ shape, type: 'float32' });

/**
 * query [Tq, B, H], keys [Tk, B, H], values [Tk, B, V], lengths int32 [B] (valid keys) or absent, vector [H] with `additive`
 * → weights [Tq, B, Tk] = softmax over the valid keys of the scores, y [Tq, B, V] = Σ over the keys of weight · value.
 *
 * Scores: `dot` q·k (Luong et al. 2015; "general" is that on a query behind a linear layer); `additive` vector · tanh(q + k)
 * (Bahdanau et al. 2015, on queries and keys behind linear layers). Keys past a length have weight 0; with a length of 0
 * all have, and the context is 0.
 */
export const attention: Definition<'attention'> = {
  results({ query, keys, values, lengths, vector }, { score }) {
    const what = 'query is [Tq, B, H], keys [Tk, B, H], values [Tk, B, V]';
    expect(
      [query, keys, values].every(({ shape }) => shape.length === 3),
      'attention',
      what,
    );
    const [timeQ, batch, hidden] = query.shape as [number, number, number];
    const [timeK, width] = [keys.shape[0], values.shape[2]] as [number, number];
    expectShape('attention', 'keys', keys, [timeK, batch, hidden]);
    expectShape('attention', 'values', values, [timeK, batch, width]);
    if (lengths !== undefined) expectShape('attention', 'lengths', lengths, [batch]);
    if (score === 'additive') expectShape('attention', 'vector', vector, [hidden]);
    else expect(vector === undefined, 'attention', 'the vector is of additive scores');
    return { y: float(timeQ, batch, width), weights: float(timeQ, batch, timeK) };
  },
  derivative(trace, { inputs: { query, keys, values, vector }, outputs: { weights }, options, cotangents }) {
    expect(cotangents.weights === undefined, 'attention', 'derived by its context alone, not by its weights');
    const dy = cotangents.y;
    if (dy === undefined) return {};
    const gradient = trace.apply('attentionGradient', { query, keys, values, weights, dy, vector }, options);
    return {
      query: gradient.dQuery,
      keys: gradient.dKeys,
      values: gradient.dValues,
      ...(gradient.dVector && { vector: gradient.dVector }),
    };
  },
};

/**
 * dValues = Σ weight · dy over the queries; by a score: dScore = weight · (dWeight - Σ weight · dWeight over the keys) with
 * dWeight = dy · value, so 0 past a length; `dot`: dQuery = Σ dScore · key, dKeys = Σ dScore · query; `additive`: both are sums of
 * dScore · vector · (1 - tanh²(q + k)), and dVector = Σ dScore · tanh(q + k).
 */
export const attentionGradient: Definition<'attentionGradient'> = {
  results: ({ query, keys, values, vector }) => ({
    dQuery: float(...query.shape),
    dKeys: float(...keys.shape),
    dValues: float(...values.shape),
    ...(vector && { dVector: float(...vector.shape) }),
  }),
};
