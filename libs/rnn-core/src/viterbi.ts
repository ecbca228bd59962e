// The best path through a linear-chain conditional random field (Viterbi 1967), for prediction: on the host, a sequence a call.

type Floats = Float32Array | Float64Array;

/**
 * The tags whose scores (`operations/crf.ts`) add up to the most, the first tag of equal ones.
 *
 * @param emissions [T, K], of one sequence; steps from `length` on are not read.
 * @param K number of tags.
 * @param transitions [K, K], from a tag to the one behind it.
 * @param start [K]
 * @param end [K]
 * @param length steps of the sequence, at most T.
 * @returns [length]
 */
export function viterbi(
  emissions: Floats,
  K: number,
  transitions: Floats,
  start: Floats,
  end: Floats,
  length: number,
): Int32Array {
  const path = new Int32Array(length);
  if (length === 0) return path;
  // [T, K]: the tag before each tag, on the best way there.
  const before = new Int32Array(length * K);
  let scores = Float64Array.from({ length: K }, (_, j) => start[j] + emissions[j]);
  for (let t = 1; t < length; t++) {
    const next = new Float64Array(K);
    for (let j = 0; j < K; j++) {
      let best = 0;
      for (let i = 1; i < K; i++) {
        if (scores[i] + transitions[i * K + j] > scores[best] + transitions[best * K + j]) best = i;
      }
      before[t * K + j] = best;
      next[j] = scores[best] + transitions[best * K + j] + emissions[t * K + j];
    }
    scores = next;
  }
  let last = 0;
  for (let j = 1; j < K; j++) if (scores[j] + end[j] > scores[last] + end[last]) last = j;
  path[length - 1] = last;
  for (let t = length - 1; t > 0; t--) path[t - 1] = before[t * K + path[t]];
  return path;
}
