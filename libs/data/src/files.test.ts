// Files of other fields than the text: their own codes and their field.

import { expect, test } from 'vitest';
import { findFiles } from './files.ts';
import { useFolder } from './testing/folder.ts';

const folder = useFolder();

test('a field with one pattern, and one with several', async () => {
  await folder.file('a.csv', '');
  await folder.file('b.csv', '');
  const one = await findFiles('*.csv', folder.path(), { field: 'spec.data.train' });
  expect(one.map(({ name, specPath }) => [name, specPath])).toEqual([
    ['a.csv', 'spec.data.train'],
    ['b.csv', 'spec.data.train'],
  ]);
  const [, b] = await findFiles(['a.csv', 'b.csv'], folder.path(), { field: 'spec.data.train' });
  expect(b.specPath).toBe('spec.data.train[1]');
});

test.each([
  ['c.csv', 'data-missing', 'c.csv matches no file in the data root'],
  ['../a.csv', 'data-outside-root', '../a.csv leads out of the data root'],
  ['(a).csv', 'data-pattern', '(a).csv has parentheses'],
])('%s', async (pattern, code, message) => {
  await expect(
    findFiles(pattern, folder.path(), { field: 'spec.data.test', root: folder.path() }),
  ).rejects.toMatchObject({
    code,
    path: 'spec.data.test',
    message: expect.stringContaining(message),
  });
});
