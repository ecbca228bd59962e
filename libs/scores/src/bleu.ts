// BLEU over a corpus, as sacrebleu computes it unless told otherwise: 4-grams, 13a tokens, case kept, exponential smoothing.

import { checkPairs } from './checks.ts';
import { countNgrams, matches } from './ngrams.ts';

const maxOrder = 4;

export interface Bleu {
  /** 0 to 100. */
  readonly score: number;
  /** In percent, of 1-grams to 4-grams, smoothed. */
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  /** Tokens of all hypotheses, and of the references nearest in length. */
  readonly hypothesisLength: number;
  readonly referenceLength: number;
}

/** What BLEU is computed from: counts over the whole corpus, an n-gram order at a time. */
export interface BleuCounts {
  /** n-grams of the hypotheses that a reference has too, each at most as often as there. */
  readonly correct: readonly number[];
  readonly total: readonly number[];
  readonly hypothesisLength: number;
  readonly referenceLength: number;
}

/**
 * Corpus BLEU of plain text, tokenized here (Papineni et al. 2002, doi:10.3115/1073083.1073135; Post 2018,
 * doi:10.18653/v1/W18-6319; sacrebleu's signature nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp).
 * @param references one a hypothesis, or a list of several.
 * @throws Error when the lists differ in length or are empty, or a hypothesis has no reference.
 */
export function bleu(hypotheses: readonly string[], references: readonly (string | readonly string[])[]): Bleu {
  checkPairs('bleu', hypotheses, references);
  const correct = new Array<number>(maxOrder).fill(0);
  const total = new Array<number>(maxOrder).fill(0);
  let hypothesisLength = 0;
  let referenceLength = 0;
  for (const [i, hypothesis] of hypotheses.entries()) {
    const tokens = tokenize13a(hypothesis);
    const alternatives = [references[i]].flat().map(tokenize13a);
    if (alternatives.length === 0) throw new Error(`bleu: hypothesis ${i} has no reference`);
    hypothesisLength += tokens.length;
    referenceLength += nearest(
      tokens.length,
      alternatives.map(({ length }) => length),
    );
    for (let n = 1; n <= maxOrder; n++) {
      const found = countNgrams(tokens, n, ' ');
      correct[n - 1] += matches(found, mostOfAny(alternatives.map((reference) => countNgrams(reference, n, ' '))));
      total[n - 1] += Math.max(tokens.length - n + 1, 0);
    }
  }
  return bleuOfCounts({ correct, total, hypothesisLength, referenceLength });
}

/**
 * The geometric mean of the precisions times the brevity penalty. The k-th order without a match counts as 1/2^k matches
 * (method 3 of Chen and Cherry 2014, doi:10.3115/v1/W14-3346, as in NIST's mteval-v13a); without any match at all, or
 * without an n-gram of some order, BLEU is 0.
 */
export function bleuOfCounts({ correct, total, hypothesisLength, referenceLength }: BleuCounts): Bleu {
  const isShort = hypothesisLength < referenceLength;
  const brevityPenalty = !isShort ? 1 : hypothesisLength === 0 ? 0 : Math.exp(1 - referenceLength / hypothesisLength);
  const rest = { brevityPenalty, hypothesisLength, referenceLength };
  if (correct.every((count) => count === 0)) return { score: 0, precisions: correct.map(() => 0), ...rest };

  let half = 1;
  const precisions = correct.map((count, i) => {
    if (total[i] === 0) return 0;
    if (count === 0) half /= 2;
    return (100 * (count === 0 ? half : count)) / total[i];
  });
  const meanLog = precisions.reduce((sum, precision) => sum + Math.log(precision), 0) / precisions.length;
  return { score: brevityPenalty * Math.exp(meanLog), precisions, ...rest };
}

/** Of two equally near ones the shorter. */
function nearest(length: number, lengths: readonly number[]): number {
  return lengths.reduce((best, candidate) => {
    const gain = Math.abs(best - length) - Math.abs(candidate - length);
    return gain > 0 || (gain === 0 && candidate < best) ? candidate : best;
  });
}

function mostOfAny(counts: readonly Map<string, number>[]): Map<string, number> {
  const most = new Map(counts[0]);
  for (const other of counts.slice(1)) {
    for (const [ngram, count] of other) most.set(ngram, Math.max(most.get(ngram) ?? 0, count));
  }
  return most;
}

/** The tokens of NIST's mteval-v13a: ASCII punctuation stands alone, but not what is inside a number or a word. */
export function tokenize13a(text: string): string[] {
  const plain = text
    .trimEnd()
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  return ` ${plain} `
    .replace(/[ -&(-+:-@[-`{-~/]/g, ' $& ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])-/g, '$1 - ')
    .split(/\s+/)
    .filter((token) => token !== '');
}
