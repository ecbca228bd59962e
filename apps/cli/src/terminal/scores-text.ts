// A validation's scores in one line: `accuracy 98.52 %, macro F1 98.31 %`.

/** Scores that are shares of 1, and what people call them. */
const shares: Readonly<Record<string, string>> = { accuracy: 'accuracy', macroF1: 'macro F1', f1: 'F1' };

/** Scores from 0 to 100. */
const points: Readonly<Record<string, string>> = { bleu: 'BLEU', chrf: 'chrF' };

/** What people call a score. */
export function scoreName(name: string): string {
  return points[name] ?? shares[name] ?? name;
}

export function scoreValue(name: string, value: number): string {
  if (points[name] !== undefined) return value.toFixed(2);
  return shares[name] === undefined ? value.toPrecision(5) : `${(100 * value).toFixed(2)} %`;
}

export function scoreText(name: string, value: number): string {
  return `${scoreName(name)} ${scoreValue(name, value)}`;
}

export function scoresText(scores: Readonly<Record<string, number>>): string {
  return Object.entries(scores)
    .map(([name, value]) => scoreText(name, value))
    .join(', ');
}
