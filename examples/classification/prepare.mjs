// Makes train.csv and held-out.csv: verdicts on films by a small grammar, each with whether it is a good one in the end.
// Run from anywhere: node examples/classification/prepare.mjs

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const subjects = 'the film|the plot|the music|the ending|the cast|the dialogue|the first half|the second half'.split(
  '|',
);
const adjectives = {
  good: 'wonderful|clever|funny|moving|bold|charming|gripping|fresh'.split('|'),
  bad: 'dull|clumsy|tired|shallow|noisy|hollow|slow|stale'.split('|'),
};
const other = { good: 'bad', bad: 'good' };

/** Numbers from 0 to below 1 that are the same on every machine: a linear congruence modulo the prime 2^31 - 1 (Lehmer). */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % (2 ** 31 - 1);
    return state / (2 ** 31 - 1);
  };
}

const random = randomOf(7);
const oneOf = (values) => values[Math.floor(random() * values.length)];

/** `the plot was never quite dull` is good. */
function clause(verdict) {
  const negation = oneOf(['', '', 'not ', 'never ', 'hardly ']);
  const degree = oneOf(['', '', 'quite ', 'very ']);
  const adjective = oneOf(adjectives[negation === '' ? verdict : other[verdict]]);
  return `${oneOf(subjects)} was ${negation}${degree}${adjective}`;
}

/** Of two clauses that disagree, the word between or before them says which counts. */
function sentence(verdict) {
  const [counts, yields] = [clause(verdict), clause(other[verdict])];
  return oneOf([
    () => counts,
    () => `${counts} and ${clause(verdict)}`,
    () => `${yields} but ${counts}`,
    () => `although ${yields} ${counts}`,
    () => `${counts} although ${yields}`,
    () => `${counts} even if ${yields}`,
  ])();
}

const seen = new Set();
for (const [name, count] of [
  ['train', 4000],
  ['held-out', 500],
]) {
  const lines = [];
  while (lines.length < count) {
    const verdict = oneOf(['good', 'bad']);
    const text = sentence(verdict);
    if (seen.has(text)) continue;
    seen.add(text);
    lines.push(`${text},${verdict}\n`);
  }
  writeFileSync(join(import.meta.dirname, `${name}.csv`), `text,verdict\n${lines.join('')}`);
  console.log(`${name}.csv: ${count} sentences`);
}
