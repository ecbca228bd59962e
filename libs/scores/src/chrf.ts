// chrF over a corpus, as sacrebleu computes it unless told otherwise: characters without white space, 1-grams to 6-grams.

import { checkPairs } from './checks.ts';
import { countNgrams, matches } from './ngrams.ts';

const maxOrder = 6;
/** How much more recall counts than precision. */
const beta = 2;

/**
 * Corpus chrF2, 0 to 100 (Popović 2015, doi:10.18653/v1/W15-3049; sacrebleu's signature
 * nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no). Precision and recall are means over the orders that both the
 * hypotheses and the references have; where they share none, chrF is 0.
 * @throws Error when the lists differ in length or are empty.
 */
export function chrf(hypotheses: readonly string[], references: readonly string[]): number {
  checkPairs('chrf', hypotheses, references);
  let precision = 0;
  let recall = 0;
  let orders = 0;
  const found = hypotheses.map(visible);
  const wanted = references.map(visible);
  for (let n = 1; n <= maxOrder; n++) {
    const { hypothesis, reference, shared } = countOrder(found, wanted, n);
    if (hypothesis === 0 || reference === 0) continue;
    precision += shared / hypothesis;
    recall += shared / reference;
    orders++;
  }
  if (precision + recall === 0) return 0;
  const factor = beta ** 2;
  return (100 * (1 + factor) * precision * recall) / orders / (factor * precision + recall);
}

function countOrder(hypotheses: readonly string[][], references: readonly string[][], n: number) {
  const counts = { hypothesis: 0, reference: 0, shared: 0 };
  for (const [i, hypothesis] of hypotheses.entries()) {
    const reference = references[i];
    // A hypothesis does not count in an order that its reference is too short for.
    if (reference.length < n) continue;
    counts.hypothesis += Math.max(hypothesis.length - n + 1, 0);
    counts.reference += reference.length - n + 1;
    counts.shared += matches(countNgrams(hypothesis, n, ''), countNgrams(reference, n, ''));
  }
  return counts;
}

function visible(text: string): string[] {
  return Array.from(text.replace(/\s+/gu, ''));
}
