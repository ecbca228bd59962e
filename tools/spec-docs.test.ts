// What docs/ and the examples say of the spec is what the schema says now.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { specDocs } from './spec-docs.mjs';

const root = join(import.meta.dirname, '..');

test.each(Object.entries(specDocs()))(
  'docs/%s is up to date (npm run build && node tools/spec-docs.mjs)',
  (name, content) => {
    expect(readFileSync(join(root, 'docs', name), 'utf8')).toBe(content);
    // A field without a meaning.
    expect(content).not.toContain('undefined');
  },
);

const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.yaml'),
);

test.each(examples)('examples/%s names the schema for editors', (file) => {
  const path = join(root, 'examples', file);
  const [, schema] = /^# yaml-language-server: \$schema=(.+)$/m.exec(readFileSync(path, 'utf8')) ?? [];
  expect(resolve(dirname(path), schema)).toBe(join(root, 'docs/spec.schema.json'));
});
