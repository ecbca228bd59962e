// Makes pairs.tsv and held-out.tsv: the messages of the installed TypeScript compiler in English and German.
// node examples/translation/prepare.mjs [FOLDER]: where they go, instead of beside this file.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Every tenth pair is held out. */
const every = 10;

const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
const german = JSON.parse(readFileSync(join(typescript, 'lib/de/diagnosticMessages.generated.json'), 'utf8'));
const compiler = readFileSync(join(typescript, 'lib/_tsc.js'), 'utf8');

// diag(1002, 1 /* Error */, "Unterminated_string_literal_1002", "Unterminated string literal.")
const declaration = /\bdiag\(\d+, \d+ \/\* \w+ \*\/, ("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*")/g;

const texts = new Map();
for (const [, key, english] of compiler.matchAll(declaration)) {
  const [source, target] = [JSON.parse(english), german[JSON.parse(key)]];
  // A text that stands there twice must not be trained on and held out.
  if (target !== undefined && !texts.has(source)) texts.set(source, target);
}
if (texts.size < 1000)
  throw new Error(`${typescript} has ${texts.size} messages in both languages; expected about 2,000`);

const field = (text) => text.replace(/\s+/g, ' ').trim();
const table = (pairs) => `en\tde\n${pairs.map((pair) => `${pair.map(field).join('\t')}\n`).join('')}`;
const pairs = [...texts].sort(([a], [b]) => (a < b ? -1 : 1));
const folder = process.argv[2] ?? import.meta.dirname;
mkdirSync(folder, { recursive: true });
// Neighbours in the alphabet are alike: the held-out ones come from everywhere.
const isHeldOut = (_, i) => i % every === every - 1;
writeFileSync(join(folder, 'held-out.tsv'), table(pairs.filter(isHeldOut)));
writeFileSync(join(folder, 'pairs.tsv'), table(pairs.filter((pair, i) => !isHeldOut(pair, i))));
console.log(`${pairs.length} pairs, of which ${pairs.filter(isHeldOut).length} are held out`);
