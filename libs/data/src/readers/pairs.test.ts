// Aligned text from two files and from tables.

import { expect, test } from 'vitest';
import { dataFault, useFolder } from '../testing/folder.ts';
import { readPairs } from './pairs.ts';

const folder = useFolder();

test('line by line, empty lines and spaces as they are', async () => {
  const pairs = await readPairs({
    source: await folder.file('train.en', 'one\r\n\r\n three\r\n'),
    target: await folder.file('train.de', 'eins\n\ndrei'),
  });
  expect(pairs).toMatchObject({ source: ['one', '', ' three'], target: ['eins', '', 'drei'] });
  expect(pairs.where(2)).toBe('train.en:3');
});

test('columns of a table', async () => {
  const table = await folder.file('train.tsv', 'id\ten\tde\n1\t"one"\teins\n');
  const pairs = await readPairs({ table, sourceColumn: 'en', targetColumn: 'de' });
  expect(pairs).toMatchObject({ source: ['"one"'], target: ['eins'] });
  expect(pairs.where(0)).toBe('train.tsv:2');
});

test('different numbers of lines are a fault with both', async () => {
  const long = await folder.file('a.en', 'a\nb\nc\n');
  const short = await folder.file('a.de', 'a\n');
  await expect(readPairs({ source: long, target: short })).rejects.toThrow(
    dataFault('data-lengths', 'a.de:2: line 2 of a.en has no partner: a.en has 3 lines, a.de 1; line k of the one'),
  );
  await expect(readPairs({ source: short, target: long })).rejects.toThrow(
    dataFault('data-lengths', 'a.de:2: line 2 of a.en has no partner: a.de has 1 lines, a.en 3'),
  );
});
