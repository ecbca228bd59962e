// Sequences of 100 steps of 10 random inputs, and the output y = x·w of every step: what an RNN, an LSTM and a GRU learn side by side.
// node examples/gates-side-by-side/prepare.mjs

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generator, npy } from '../arrays.mjs';

const [sequences, steps, features] = [1000, 100, 10];
const folder = join(dirname(fileURLToPath(import.meta.url)), 'data');
const draw = generator(1);
const normal = () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
const w = Float32Array.from({ length: features }, normal);
const x = Float32Array.from({ length: sequences * steps * features }, normal);
const y = Float32Array.from({ length: sequences * steps }, (_, i) =>
  w.reduce((sum, weight, f) => sum + weight * x[i * features + f], 0),
);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'x.npy'), npy([sequences, steps, features], x));
writeFileSync(join(folder, 'y.npy'), npy([sequences, steps, 1], y));
console.log(`${sequences} sequences in ${folder}`);
