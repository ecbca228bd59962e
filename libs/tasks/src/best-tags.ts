// The tags that a tagger's results are most in favour of, and how many of them are right.

import { type ExamplePlan, exampleValidation } from '@rondo/data';
import { type Tensors, viterbi } from '@rondo/rnn-core';
import { labelF1, spanF1 } from '@rondo/scores';
import { likeliest } from './likeliest.ts';
import type { Scorer } from './task.ts';

/** Of a sentence in a shard. */
export interface Place {
  readonly lane: number;
  /** B: lanes of the shard. */
  readonly lanes: number;
  /** Words of the sentence, at most T. */
  readonly length: number;
}

/**
 * With `transitions` the best path through the conditional random field, else the likeliest tag of every word.
 * @param results of a tagger: `logits` [T, B, K], of a crf `transitions`, `start` and `end`.
 * @param K number of tags.
 * @returns their numbers, [length].
 */
export function bestTags({ logits, transitions, start, end }: Tensors, K: number, place: Place): Int32Array {
  const { lane, lanes, length } = place;
  const rows = Array.from({ length }, (_, t) => logits.subarray((t * lanes + lane) * K, (t * lanes + lane + 1) * K));
  if (transitions === undefined) return Int32Array.from(rows, likeliest);
  const emissions = new Float32Array(length * K);
  rows.forEach((row, t) => {
    emissions.set(row, t * K);
  });
  const [between, first, last] = [transitions, start, end].map((data) => data as Float32Array);
  return viterbi(emissions, K, between, first, last, length);
}

interface Tags {
  /** Names of the tags of column `gold`; the first K are the model's. */
  readonly names: readonly string[];
  readonly count: number;
  /** Whether tags mark spans, as conlleval counts them; else every tag that is not O counts for itself. */
  readonly spans: boolean;
}

/** F1, and the share of words whose tag is right. */
export function tagScorer(plan: ExamplePlan, { names, count, spans }: Tags): Scorer {
  const { examples } = exampleValidation(plan);
  const { values, starts, lengths } = plan.columns.gold;
  const lanes = plan.batch / plan.shards;
  const [gold, predicted]: [string[][], string[][]] = [[], []];
  const named = (numbers: ArrayLike<number>) => Array.from(numbers, (number) => names[number]);
  return {
    add(batch, shard, results) {
      examples(batch, shard).forEach((example, lane) => {
        const [from, length] = [starts[example], lengths[example]];
        gold.push(named(values.subarray(from, from + length)));
        predicted.push(named(bestTags(results, count, { lane, lanes, length })));
      });
    },
    scores() {
      const { f1 } = spans ? spanF1(gold, predicted) : labelF1(gold, predicted);
      const words = gold.reduce((sum, { length }) => sum + length, 0);
      const right = gold.reduce((sum, tags, i) => sum + tags.filter((tag, t) => tag === predicted[i][t]).length, 0);
      return { f1, accuracy: right / words };
    },
  };
}
