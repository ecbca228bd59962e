// CoNLL columns: sentences, columns, schemes of tags.

import { describe, expect, test } from 'vitest';
import { dataFault, useFolder } from '../testing/folder.ts';
import { type ColumnOptions, readColumns } from './columns.ts';
import { normalizeTags, type TagScheme } from './tag-schemes.ts';

const folder = useFolder();
const read = async (content: string, options: Partial<ColumnOptions> = {}) =>
  readColumns(await folder.file('a.conll', content), { token: 1, tag: -1, scheme: 'BIO', ...options });

test('sentences end with blank lines, also with those of white space', async () => {
  const text = '\n-DOCSTART-\tO\n\nEmpire\tB-loc\nState\tI-loc\n\t\n\n#\tO\n\u3000\tO';
  expect(await read(text)).toEqual([
    { tokens: ['Empire', 'State'], tags: ['B-loc', 'I-loc'], line: 4 },
    { tokens: ['#', '\u3000'], tags: ['O', 'O'], line: 8 },
  ]);
});

test('columns from the front and from the end, between spaces', async () => {
  const text = 'U.N. NNP I-NP I-ORG\nofficial   NN I-NP O\n';
  expect((await read(text, { scheme: 'IOB1' }))[0]).toMatchObject({
    tokens: ['U.N.', 'official'],
    tags: ['B-ORG', 'O'],
  });
  expect((await read(text, { token: 2, tag: 3, scheme: 'plain' }))[0]).toMatchObject({
    tokens: ['NNP', 'NN'],
    tags: ['I-NP', 'I-NP'],
  });
  expect((await read('one\ntwo\n', { tag: undefined }))[0]).toMatchObject({ tokens: ['one', 'two'], tags: [] });
});

test('CoNLL-U has comments, words of several tokens and empty nodes', async () => {
  const text = '# text = dámelo\n1-2\tdámelo\t_\n1\tdá\tVERB\n2\tme\tPRON\n2.1\tlo\tPRON\n\n# end\n';
  expect(await read(text, { token: 2, scheme: 'plain', conllU: true })).toEqual([
    { tokens: ['dá', 'me'], tags: ['VERB', 'PRON'], line: 3 },
  ]);
});

test.each([
  ['a\tO\nb\tO\tO\n', 'data-format', 'a.conll:2: 3 columns ("b O O"), but the line before has 2; a sentence'],
  ['a\tO\n\nb\n', 'data-format', 'a.conll:3: 1 column ("b"), but the tag is column 2; 1 is the first, -1 the last'],
  ['\tO\n', 'data-format', 'a.conll:1: the token, column 1, is empty'],
  ['a\tO\nb\tI-x\n', 'data-tags', 'a.conll:2: tag I-x goes on with a span, but O stands before it; write B-x, or'],
  ['\n\n', 'data-empty', 'a.conll: no token in it'],
])('%j is a fault', async (content, code, message) => {
  await expect(read(content, { tag: 2 })).rejects.toThrow(dataFault(code, message));
});

describe('schemes', () => {
  test.each<[TagScheme, string, string]>([
    ['BIO', 'B-x I-x O B-y B-y', 'B-x I-x O B-y B-y'],
    ['IOB1', 'I-x I-x O I-y B-y I-x', 'B-x I-x O B-y B-y B-x'],
    ['IOB1', 'B-x I-x', 'B-x I-x'],
    ['BIOES', 'B-x I-x E-x S-x O B-y E-y', 'B-x I-x E-x S-x O B-y E-y'],
    ['plain', 'ARG0 _ I-x', 'ARG0 _ I-x'],
    ['BIO', '', ''],
  ])('%s: %s', (scheme, tags, expected) => {
    expect(normalizeTags(tags.split(' ').filter(Boolean), scheme)).toEqual({
      tags: expected.split(' ').filter(Boolean),
    });
  });

  test.each<[TagScheme, string, number, string]>([
    [
      'BIO',
      'I-x',
      0,
      'tag I-x goes on with a span, but it is the first of its sentence; write B-x, or read the tags as IOB1',
    ],
    ['BIO', 'B-x I-y', 1, 'but B-x stands before it; write B-y'],
    ['BIO', 'O E-x', 1, 'tag "E-x" is not of BIO: O, B- or I- with a type'],
    ['BIO', 'B-', 0, 'tag "B-" is not of BIO'],
    ['IOB1', 'PER', 0, 'tag "PER" is not of IOB1'],
    ['BIOES', 'o', 0, 'tag "o" is not of BIOES: O, B-, I-, E- or S- with a type'],
    ['BIOES', 'I-x E-x', 0, 'tag I-x goes on with a span, but it is the first of its sentence; begin it with B- or S-'],
    ['BIOES', 'S-x E-x', 1, 'but S-x stands before it'],
    ['BIOES', 'B-x O', 0, 'tag B-x leaves a span open, but O follows; end it with E-, or write S-'],
    ['BIOES', 'B-x I-y E-y', 0, 'but I-y follows'],
    ['BIOES', 'O B-x I-x', 2, 'tag I-x leaves a span open, but the sentence ends'],
  ])('%s refuses %s', (scheme, tags, index, message) => {
    expect(normalizeTags(tags.split(' '), scheme)).toEqual({
      fault: { index, message: expect.stringContaining(message) },
    });
  });
});
