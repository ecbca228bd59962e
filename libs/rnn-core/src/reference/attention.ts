// Attention in plain loops, forward and backward side by side.
// Letters: Q and K time steps of queries and keys, B batch, H features of both, V features of the values.

import { type Floats, floats, type Precision } from './arrays.ts';

export interface AttentionSizes {
  readonly timeQ: number;
  readonly timeK: number;
  readonly batch: number;
  readonly hidden: number;
  readonly width: number;
}

export interface AttentionInputs {
  readonly query: Floats; // [Q, B, H]
  readonly keys: Floats; // [K, B, H]
  readonly values: Floats; // [K, B, V]
  /** [H] of additive scores; undefined: the score is query · key */
  readonly vector: Floats | undefined;
}

/** A query's place in [Q, B], and its sequence. */
function queries({ timeQ, batch }: AttentionSizes): { row: number; b: number }[] {
  return Array.from({ length: timeQ * batch }, (_, row) => ({ row, b: row % batch }));
}

/** weights [Q, B, K] = softmax of the scores over the valid keys; y [Q, B, V] = Σ weight · value */
export function attention(
  sizes: AttentionSizes,
  { query, keys, values, vector }: AttentionInputs,
  lengths: Int32Array | undefined, // [B]
  precision: Precision,
): { y: Floats; weights: Floats } {
  const { timeQ, timeK, batch, hidden: H, width: V } = sizes;
  const weights = floats(precision, timeQ * batch * timeK);
  const y = floats(precision, timeQ * batch * V);
  for (const { row, b } of queries(sizes)) {
    const length = lengths?.[b] ?? timeK;
    const scores = Array.from({ length }, (_, s) => {
      let sum = 0;
      for (let h = 0; h < H; h++) {
        const [q, k] = [query[row * H + h], keys[(s * batch + b) * H + h]];
        sum += vector === undefined ? q * k : vector[h] * Math.tanh(q + k);
      }
      return sum;
    });
    const largest = Math.max(...scores);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
    scores.forEach((score, s) => {
      const weight = Math.exp(score - largest) / total;
      weights[row * timeK + s] = weight;
      for (let v = 0; v < V; v++) y[row * V + v] = y[row * V + v] + weight * values[(s * batch + b) * V + v];
    });
  }
  return { y, weights };
}

export function attentionGradient(
  sizes: AttentionSizes,
  { query, keys, values, vector }: AttentionInputs,
  weights: Floats, // [Q, B, K]
  dy: Floats, // [Q, B, V]
  precision: Precision,
) {
  const { timeK, batch, hidden: H, width: V } = sizes;
  const [dQuery, dKeys, dValues] = [query, keys, values].map(({ length }) => floats(precision, length));
  const dVector = vector && floats(precision, H);
  for (const { row, b } of queries(sizes)) {
    const weightOf = (s: number) => weights[row * timeK + s];
    const dWeights = Array.from({ length: timeK }, (_, s) => {
      let sum = 0;
      for (let v = 0; v < V; v++) {
        const at = (s * batch + b) * V + v;
        sum += dy[row * V + v] * values[at];
        dValues[at] = dValues[at] + weightOf(s) * dy[row * V + v];
      }
      return sum;
    });
    const mean = dWeights.reduce((sum, dWeight, s) => sum + weightOf(s) * dWeight, 0);
    dWeights.forEach((dWeight, s) => {
      const dScore = weightOf(s) * (dWeight - mean);
      for (let h = 0; h < H; h++) {
        const [q, k] = [row * H + h, (s * batch + b) * H + h];
        if (vector === undefined || dVector === undefined) {
          dQuery[q] = dQuery[q] + dScore * keys[k];
          dKeys[k] = dKeys[k] + dScore * query[q];
        } else {
          const tanh = Math.tanh(query[q] + keys[k]);
          const dSum = dScore * vector[h] * (1 - tanh * tanh);
          dQuery[q] = dQuery[q] + dSum;
          dKeys[k] = dKeys[k] + dSum;
          dVector[h] = dVector[h] + dScore * tanh;
        }
      }
    });
  }
  return { dQuery, dKeys, dValues, dVector };
}
