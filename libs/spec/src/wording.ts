// Words for faults: a list of them, and the known word nearest to an unknown one.

/** The known word that a typing slip away explains, or undefined. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 40) return undefined;
  const given = word.toLowerCase();
  const near = known
    .map((candidate) => ({ candidate, distance: distanceTo(given, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate;
}

/** A part of the word, of three letters or more, counts as one slip. */
function distanceTo(given: string, candidate: string): number {
  return given.length >= 3 && candidate.includes(given) && given !== candidate ? 1 : editDistance(given, candidate);
}

/** Insertions, deletions and substitutions between two words (Levenshtein 1966), by rows of the usual table. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

/** `a, b or c`. */
export function listOf(words: readonly string[], conjunction: 'and' | 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}
