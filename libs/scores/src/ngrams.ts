// n-grams of a sequence and how many two sequences share: what BLEU and chrF count.

/** How often every run of n neighbours occurs. @param separator what no element contains. */
export function countNgrams(elements: readonly string[], n: number, separator: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= elements.length; i++) {
    const ngram = elements.slice(i, i + n).join(separator);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** n-grams of the first that the second has too, each at most as often as there. */
export function matches(first: ReadonlyMap<string, number>, second: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [ngram, count] of first) sum += Math.min(count, second.get(ngram) ?? 0);
  return sum;
}
