// The best path beside PyTorch's and beside all paths tried one by one.

import { describe, expect, test } from 'vitest';
import golden from './conformance/goldens/loss-crf.json' with { type: 'json' };
import { hashOf, uniform } from './random.ts';
import { viterbi } from './viterbi.ts';

test('the paths of the golden file', () => {
  const { tags, batch, time } = golden;
  const [transitions, start, end] = [golden.transitions, golden.start, golden.end].map(({ data }) =>
    Float32Array.from(data),
  ) as [Float32Array, Float32Array, Float32Array];
  golden.lengths.forEach((length, b) => {
    const emissions = Float32Array.from(
      { length: time * tags },
      (_, i) => golden.emissions.data[(Math.floor(i / tags) * batch + b) * tags + (i % tags)],
    );
    expect([...viterbi(emissions, tags, transitions, start, end, length)]).toEqual(golden.viterbi[b]);
  });
});

describe.each([1, 2, 3].flatMap((K) => [1, 2, 5].map((length) => ({ K, length }))))(
  '$K tags, $length steps',
  ({ K, length }) => {
    // Quarters: many paths are equal, and their sums are exact in any order.
    const scores = (seed: number, size: number) =>
      Float32Array.from({ length: size }, (_, i) => Math.floor(4 * uniform(hashOf(seed, K, length, i))) / 4);

    test.each([1, 2, 3, 4])('the first of the best paths, from the last step on (%i)', (seed) => {
      const [emissions, transitions] = [scores(seed, length * K), scores(10 + seed, K * K)];
      const [start, end] = [scores(20 + seed, K), scores(30 + seed, K)];
      const score = (path: readonly number[]) =>
        path.reduce(
          (sum, tag, t) => sum + emissions[t * K + tag] + (t === 0 ? start[tag] : transitions[path[t - 1] * K + tag]),
          end[path[length - 1]],
        );
      const paths = Array.from({ length: K ** length }, (_, n) =>
        // The last tag changes slowest: of equal paths the first one here has the first last tag, then the first before it.
        Array.from({ length }, (__, t) => Math.floor(n / K ** t) % K),
      );
      const best = paths.reduce((a, b) => (score(b) > score(a) ? b : a));
      expect([...viterbi(emissions, K, transitions, start, end, length)]).toEqual(best);
    });
  },
);

test('a sequence without steps has an empty path', () => {
  const one = Float32Array.of(1);
  expect(viterbi(one, 1, one, one, one, 0)).toEqual(new Int32Array(0));
});
