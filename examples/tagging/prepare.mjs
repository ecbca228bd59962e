// Makes train.conll and held-out.conll: sentences of a small grammar with people, places and firms.
// Run from anywhere: node examples/tagging/prepare.mjs

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

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
const one = (choices) => choices[Math.floor(random() * choices.length)];
const capital = (word) => word[0].toUpperCase() + word.slice(1);
const syllable = () => `${one(Array.from('bdfgklmnprstv'))}${one(Array.from('aeiou'))}`;
/** Made up anew every time: a held-out name is hardly ever one that was trained on. */
const stem = () => Array.from({ length: 1 + Math.floor(random() * 2) }, syllable).join('');

const person = () => [
  capital(stem() + one(['n', 'ra', 'lo'])),
  ...(random() < 0.5 ? [capital(stem() + one(['son', 'ker', 'witz']))] : []),
];
const place = () => [
  ...(random() < 0.3 ? [one(['New', 'Port', 'Upper'])] : []),
  capital(stem() + one(['ton', 'burg', 'ville', 'ker'])),
];
/** A firm is called like a person or a place, and only what stands around it tells. */
const firm = () => [
  ...one([person, place])().slice(-1),
  ...(random() < 0.5 ? [one(['Mills', 'Brothers', 'Works'])] : []),
];

const entities = { person, place, firm };
const sentences = [
  'person lives in place .',
  'person and person met in place last year .',
  'firm hired person .',
  'person left firm for firm .',
  'the shares of firm fell , said person .',
  'firm will open a mill near place .',
  'in place , person sold the house .',
  'it rained in place and in place .',
  'person of firm arrived from place .',
  'nobody knows why person went to place .',
  'the price of milk rose again .',
  'they asked the head of firm , who lives near place .',
].map((sentence) => sentence.split(' '));

/** A token and its tag a line. */
function sentence() {
  const lines = one(sentences).flatMap((word) => {
    const tokens = entities[word]?.();
    return tokens === undefined ? [`${word}\tO`] : tokens.map((token, i) => `${token}\t${i === 0 ? 'B' : 'I'}-${word}`);
  });
  return `${lines.join('\n')}\n\n`;
}

for (const [name, count] of [
  ['train', 1500],
  ['held-out', 300],
]) {
  writeFileSync(join(import.meta.dirname, `${name}.conll`), Array.from({ length: count }, sentence).join(''));
  console.log(`${name}.conll: ${count} sentences`);
}
