// A small good spec, and generators of specs with something wrong in them.

import fc from 'fast-check';
import { double, text } from './bad-messages.ts';

/** Elements of a recurrent state: of two sequences, eight features each. */
export const hidden = 2 * 8;

/** Names and sizes: 12 characters, 4 features in, 8 hidden. */
export const parameters = [
  ['embedding.weight', 15 * 4],
  ['rnn.weight_ih_l0', 8 * 4],
  ['rnn.weight_hh_l0', 8 * 8],
  ['rnn.bias_ih_l0', 8],
  ['rnn.bias_hh_l0', 8],
  ['output.weight', 15 * 8],
  ['output.bias', 15],
] as const;

export const goodSpec = (name: string) => `apiVersion: rondo.dev/v1
kind: TrainingJob
metadata: { name: ${name} }
spec:
  task: language-model
  seed: 5
  data: { text: text.txt, unit: character, validation: 0 }
  model: { cell: rnn, layers: 1, hidden: 8, embedding: 4 }
  training:
    batch: 8
    sequence: 8
    shards: 4
    optimizer: { name: sgd, learningRate: 0 }
    steps: 1000000
    checkpointEvery: 1000000
  engine: reference
`;

export interface BadSpec {
  readonly spec: string;
  readonly overrides: readonly string[];
}

const good = goodSpec('bad');
const lines = good.split('\n').slice(0, -1);
const instead = (old: string, text: string): BadSpec => ({ spec: good.replace(old, text), overrides: [] });

/** What no field takes. */
const wrongValue = fc.oneof(
  fc.constantFrom(
    '[]',
    '{}',
    '[[',
    '{a: {b: [1]}}',
    '.inf',
    '-.inf',
    '.nan',
    '1e400',
    '-1',
    '0.5',
    '*a',
    '&a',
    '!!x 1',
  ),
  fc.constantFrom('9007199254740993', '99999999999999999999999', '0xfffffffffffffffff', '"\\ud800"', '"\\0"', '~'),
  fc.integer({ min: 1, max: 3000 }).map((depth) => '['.repeat(depth)),
  fc.integer({ min: 33, max: 3000 }).map((depth) => `${'{a: '.repeat(depth)}1${'}'.repeat(depth)}`),
  double.filter((value) => !Number.isInteger(value)).map(String),
  text.map((value) => JSON.stringify(value.slice(0, 2000))),
);

/** Aliases within aliases: a billion values in 300 bytes, were they followed. */
const bomb = fc.integer({ min: 1, max: 12 }).map((levels) => {
  const level = (i: number) =>
    `a${i}: &a${i} [${
      i === 0
        ? 'x'
        : Array(9)
            .fill(`*a${i - 1}`)
            .join(', ')
    }]\n`;
  return { spec: good + Array.from({ length: levels }, (_, i) => level(i)).join(''), overrides: [] };
});

/** Each must be refused. */
export const badSpec: fc.Arbitrary<BadSpec> = fc.oneof(
  wrongValue.map((value) => instead('layers: 1', `layers: ${value}`)),
  wrongValue.map((value) => instead('shards: 4', `shards: ${value}`)),
  wrongValue.map((value) => instead('{ name: sgd, learningRate: 0 }', value)),
  wrongValue.map((value) => ({ spec: good, overrides: [`model.hidden=${value}`] })),
  wrongValue.map((value) => ({ spec: `${value}\n`, overrides: [] })),
  text.map((key) => ({ spec: `${good}${JSON.stringify(key.slice(0, 2000))}: 1\n`, overrides: [] })),
  text.map((name) => instead('{ name: bad }', `{ name: ${JSON.stringify(`-${name.slice(0, 2000)}`)} }`)),
  fc.nat(lines.length - 1).map((at) => ({ spec: [...lines, ...lines.slice(at)].join('\n'), overrides: [] })),
  fc
    .nat(lines.length - 3)
    .map((at) => ({ spec: lines.filter((_, i) => i !== at).join('\n'), overrides: [] }))
    // These have defaults.
    .filter(({ spec }) => spec.includes('checkpointEvery') && spec.includes('seed')),
  fc.constantFrom('hidden', 'batch', 'sequence').map((size) => instead(`${size}: 8`, `${size}: 16777217`)),
  text.map((override) => ({ spec: good, overrides: [override.replaceAll('=', '')] })),
  fc.integer({ min: 101, max: 3000 }).map((count) => ({ spec: good, overrides: Array(count).fill('engine=js') })),
  fc.integer({ min: 70_000, max: 400_000 }).map((size) => ({ spec: good + '#\n'.repeat(size / 2), overrides: [] })),
  bomb,
);

/** Only the files tell: each is looked at in a thread of its own. */
export const badFiles: fc.Arbitrary<BadSpec> = fc
  .oneof(
    fc.constantFrom('(a|aa)+b', '*a*a*a*a*b', '{a,b}'.repeat(9), '../*', '**/none', '.', '/etc/passwd', 'text.txt/x'),
    text.map((path) => `/${path.slice(0, 900)}`),
  )
  .map((path) => instead('text.txt', JSON.stringify(path)));
