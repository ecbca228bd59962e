// The adding problem (Hochreiter and Schmidhuber 1997): sequences of random numbers, two of them marked, whose sum is to be told.
// node examples/adding/prepare.mjs [--sequences 20000] [--held-out 1000] [--length 100] [--seed 1] [--out examples/adding/data]

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generator, npy } from '../arrays.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    sequences: { type: 'string', default: '20000' },
    'held-out': { type: 'string', default: '1000' },
    length: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: join(here, 'data') },
  },
});

/** Each sequence has a number and a mark at every step; one of the two marks is in each half. */
function addingProblem(count, length, draw) {
  const x = new Float32Array(count * length * 2);
  const y = new Float32Array(count);
  const half = Math.floor(length / 2);
  for (let i = 0; i < count; i++) {
    const at = (t) => (i * length + t) * 2;
    for (let t = 0; t < length; t++) x[at(t)] = draw();
    for (const t of [Math.floor(draw() * half), half + Math.floor(draw() * (length - half))]) {
      x[at(t) + 1] = 1;
      y[i] += x[at(t)];
    }
  }
  return { x, y };
}

const [sequences, heldOut, length] = ['sequences', 'held-out', 'length'].map((name) => Number(values[name]));
const draw = generator(Number(values.seed));
mkdirSync(values.out, { recursive: true });
for (const [name, count] of [
  ['train', sequences],
  ['validate', heldOut],
]) {
  const { x, y } = addingProblem(count, length, draw);
  writeFileSync(join(values.out, `${name}-x.npy`), npy([count, length, 2], x));
  writeFileSync(join(values.out, `${name}-y.npy`), npy([count, 1], y));
}
console.log(
  `${sequences} sequences to train on and ${heldOut} to validate with, ${length} steps each, in ${values.out}`,
);
