// Additive attention's scores of one sequence, vector · tanh(query + key), and their derivatives. Letters: Q and K time steps of
// queries and keys, H features; rows lie one behind the other.
//
// Queries and keys come as e^2x, computed once each: tanh(q + k) = 1 - 2 / (1 + e^2q e^2k) costs a division and no exponential
// for every pair. Its error is one of the last place of 1, not of the result, as suits a term of a sum.

import { loadLanes, storeLanes, sumOf } from './lanes';
import { exp, slopeOfTanh } from './math';

/** x [n] becomes e^2x. Beyond ±43, where tanh has long been ±1, x is cut: no product of two is 0 · infinity. */
export function doubledExponentials(n: i32, x: usize): void {
  for (let i = 0; i < n; i += 4, x += 16) {
    const lanes = min(n - i, 4);
    const value = f32x4.pmin(f32x4.pmax(loadLanes(x, lanes), f32x4.splat(-43)), f32x4.splat(43));
    storeLanes(x, exp(f32x4.add(value, value)), lanes);
  }
}

/** tanh(q + k) from e^2q and e^2k */
@inline
function tanhOf(lanes: i32, query: usize, key: usize): v128 {
  const one = f32x4.splat(1);
  const half = f32x4.div(one, f32x4.add(one, f32x4.mul(loadLanes(query, lanes), loadLanes(key, lanes))));
  return f32x4.sub(one, f32x4.add(half, half));
}

/** scores [Q, K], the first `count` of every row, from e^2 query [Q, H], e^2 keys [K, H] and vector [H] */
export function additiveScores(
  query: usize,
  timeQ: i32,
  keys: usize,
  timeK: i32,
  count: i32,
  hidden: i32,
  vector: usize,
  scores: usize,
): void {
  const whole = 4 * (hidden & ~3);
  const rest = hidden & 3;
  let at: i32;
  for (let i = 0; i < timeQ; i++) {
    let key = keys;
    for (let s = 0; s < count; s++) {
      let sum = f32x4.splat(0);
      for (at = 0; at < whole; at += 16) sum = f32x4.add(sum, term(4, query + at, key + at, vector + at));
      if (rest > 0) sum = f32x4.add(sum, term(rest, query + at, key + at, vector + at));
      store<f32>(scores + 4 * s, sumOf(sum));
      key += 4 * hidden;
    }
    query += 4 * hidden;
    scores += 4 * timeK;
  }
}

@inline
function term(lanes: i32, query: usize, key: usize, vector: usize): v128 {
  return f32x4.mul(loadLanes(vector, lanes), tanhOf(lanes, query, key));
}

/** dQuery [Q, H], dKeys [K, H] and dVector [H] from dScores [Q, K], of which the first `count` of every row count. */
export function additiveScoresGradient(
  query: usize,
  timeQ: i32,
  keys: usize,
  timeK: i32,
  count: i32,
  hidden: i32,
  vector: usize,
  dScores: usize,
  dQuery: usize,
  dKeys: usize,
  dVector: usize,
): void {
  memory.fill(dQuery, 0, 4 * timeQ * hidden);
  memory.fill(dKeys, 0, 4 * timeK * hidden);
  memory.fill(dVector, 0, 4 * hidden);
  const whole = 4 * (hidden & ~3);
  const rest = hidden & 3;
  let at: i32;
  for (let i = 0; i < timeQ; i++) {
    let key = keys;
    let dKey = dKeys;
    for (let s = 0; s < count; s++) {
      const dScore = v128.load_splat<f32>(dScores + 4 * s);
      for (at = 0; at < whole; at += 16) {
        add(4, dScore, query + at, key + at, vector + at, dQuery + at, dKey + at, dVector + at);
      }
      if (rest > 0) add(rest, dScore, query + at, key + at, vector + at, dQuery + at, dKey + at, dVector + at);
      key += 4 * hidden;
      dKey += 4 * hidden;
    }
    query += 4 * hidden;
    dQuery += 4 * hidden;
    dScores += 4 * timeK;
  }
}

/** What one score says of four features, or of the last `lanes` of them, added to what others say. */
@inline
function add(
  lanes: i32,
  dScore: v128,
  query: usize,
  key: usize,
  vector: usize,
  dQuery: usize,
  dKey: usize,
  dVector: usize,
): void {
  const y = tanhOf(lanes, query, key);
  const dSum = f32x4.mul(f32x4.mul(dScore, loadLanes(vector, lanes)), slopeOfTanh(y));
  storeLanes(dQuery, f32x4.add(loadLanes(dQuery, lanes), dSum), lanes);
  storeLanes(dKey, f32x4.add(loadLanes(dKey, lanes), dSum), lanes);
  storeLanes(dVector, f32x4.add(loadLanes(dVector, lanes), f32x4.mul(dScore, y)), lanes);
}
