// What `rondo init` writes: a spec without faults that shows every field, and no other value than the usual one by chance.

import { jobSchema, parseJob } from '@rondo/spec';
import { expect, test } from 'vitest';
import { firstSpec } from './first-spec.ts';

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  /** The tasks; the first is the one that is written. */
  readonly oneOf?: readonly Node[];
}

const text = firstSpec('my-model');
const lines = text.split('\n');

test('it has no faults', () => {
  const parsed = parseJob(text, { file: 'spec.yaml' });
  expect(parsed).toMatchObject({ job: { metadata: { name: 'my-model' } } });
});

test('every field of the schema is there, or in a comment, with an explanation', () => {
  const spec = (jobSchema() as Node).properties?.spec.oneOf?.[0].properties ?? {};
  const fields = Object.entries(spec).flatMap(([name, { properties }]) =>
    properties ? Object.keys(properties).map((inner) => ['    ', inner]) : [['  ', name]],
  );
  expect(fields.length).toBeGreaterThan(25);
  for (const [indent, field] of fields) {
    const found = lines.filter((line) => new RegExp(`^${indent}(# )?${field}: .+ # .+`).test(line));
    expect([field, found.length]).toEqual([field, 1]);
  }
});

test.each([
  ['an rnn', 'cell: rnn', ['activation']],
  ['a gru', 'cell: gru', ['reset']],
  ['epochs', 'cell: lstm', ['epochs']],
  ['options of an lstm', 'cell: lstm', ['projection', 'forgetBias', 'clipValue']],
])('what is in comments holds too: %s', (_, cell, fields) => {
  let changed = text.replace('cell: lstm', cell);
  for (const field of fields) changed = changed.replace(`    # ${field}:`, `    ${field}:`);
  if (fields.includes('epochs')) changed = changed.replace(/^ {4}steps:.*\n/m, '');
  expect(parseJob(changed, { file: 'spec.yaml' })).toHaveProperty('job');
});
