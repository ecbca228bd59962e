// docs/logs.md beside the sources: every message with its level and fields, and every field, no more and no fewer.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logCalls } from './log-calls.mjs';

const root = join(import.meta.dirname, '..');
const sections = readFileSync(join(root, 'docs/logs.md'), 'utf8').split(/^## /m);
const section = (title: string) => sections.find((text) => text.startsWith(title)) as string;
const quoted = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word);

/** Rows of tables, cell by cell. */
const rows = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.slice(2, -2).split(' | '));

interface Message {
  readonly levels: Set<string>;
  readonly fields: Set<string>;
}

function gathered(found: readonly { message: string; levels: readonly string[]; fields: readonly string[] }[]) {
  const messages = new Map<string, Message>();
  for (const { message, levels, fields } of found) {
    const known = messages.get(message) ?? { levels: new Set(), fields: new Set() };
    for (const level of levels) known.levels.add(level);
    for (const field of fields) known.fields.add(field);
    messages.set(message, known);
  }
  return messages;
}

/** In the table: given as a line of metrics.jsonl. */
const asMetrics = ['...'];
const documented = (title: string) =>
  gathered(
    rows(section(title)).map(([message, levels, fields]) => ({
      message: quoted(message)[0],
      levels: levels.split(', '),
      fields: fields.startsWith('as in') ? asMetrics : quoted(fields),
    })),
  );

test.each([
  ['coordinator', 'The coordinator says'],
  ['worker', 'A worker says'],
])('every message of the %s is described, with its level and its fields', (app, title) => {
  const calls = logCalls(join(root, 'apps', app, 'src'));
  expect(calls.length).toBeGreaterThan(10);
  // A message that is put together cannot be looked for.
  expect(calls.filter(({ message }) => message === undefined)).toEqual([]);
  const said = gathered(calls as ((typeof calls)[number] & { message: string })[]);
  expect(documented(title)).toEqual(said);
});

test('every field is described, and each that is described is in use', () => {
  const described = rows(section('Fields')).flatMap(([names]) => quoted(names));
  expect(new Set(described).size).toBe(described.length);
  const metrics = (rows(section('Fields')).find(([, what]) => what.startsWith('as in')) as string[])[0];
  const own = ['level', 'time', 'component', 'msg', 'run', 'step', 'worker', ...quoted(metrics)];
  const used = ['The coordinator says', 'A worker says'].flatMap((title) =>
    [...documented(title).values()].flatMap(({ fields }) => [...fields].filter((field) => field !== '...')),
  );
  expect(described.toSorted()).toEqual([...new Set([...own, ...used])].sort());
});
