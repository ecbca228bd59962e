// Makes train.conll and held-out.conll: the copy problem, symbols that are to be repeated after a long pause.
// Run from anywhere: node examples/copy/prepare.mjs

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [symbols, pause] = [5, 20];
const alphabet = Array.from('abcdefgh');

/** Numbers from 0 to below 1 that are the same on every machine (mulberry32). */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = randomOf(7);

/** Five symbols, a pause, then a question for each of them: its answer is its tag, all other tags are O. */
function sequence() {
  const message = Array.from({ length: symbols }, () => alphabet[Math.floor(random() * alphabet.length)]);
  const lines = [
    ...message.map((symbol) => `${symbol}\tO`),
    ...Array.from({ length: pause }, () => '-\tO'),
    ...message.map((symbol) => `?\t${symbol}`),
  ];
  return `${lines.join('\n')}\n\n`;
}

for (const [name, count] of [
  ['train', 8000],
  ['held-out', 500],
]) {
  writeFileSync(join(import.meta.dirname, `${name}.conll`), Array.from({ length: count }, sequence).join(''));
  console.log(`${name}.conll: ${count} sequences`);
}
