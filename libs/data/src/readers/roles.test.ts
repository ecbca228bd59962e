// Semantic roles from CoNLL-U Plus.

import { expect, test } from 'vitest';
import { dataFault, useFolder } from '../testing/folder.ts';
import { readRoles } from './roles.ts';

const folder = useFolder();
const read = async (content: string) => readRoles(await folder.file('a.conllu', content));

/** Ten columns of CoNLL-U, then those given. */
const row = (id: number | string, form: string, ...rest: string[]) =>
  [id, form, '_', 'X', 'X', '_', '0', 'root', '_', '_', ...rest].join('\t');

test('a record a predicate', async () => {
  const text = [
    '# text = They asked her to sing',
    row(1, 'They', '_', 'ARG0', '_'),
    row(2, 'asked', 'ask.02', 'V', '_'),
    row('2.1', 'who', '', '', ''),
    row(3, 'her', '_', 'ARG1', 'ARG0'),
    row(4, 'to', '_', '_', '_'),
    row(5, 'sing', 'sing.01', '_', 'V'),
    '',
    row(1, '***', '_', ''),
    '',
    row(1, 'Go', 'go.01', 'V'),
  ].join('\n');
  const tokens = ['They', 'asked', 'her', 'to', 'sing'];
  expect(await read(text)).toEqual([
    { tokens, predicate: 1, roleset: 'ask.02', roles: ['ARG0', 'V', 'ARG1', 'O', 'O'], line: 3, sentence: 0 },
    { tokens, predicate: 4, roleset: 'sing.01', roles: ['O', 'O', 'ARG0', 'O', 'V'], line: 7, sentence: 0 },
    { tokens: ['Go'], predicate: 0, roleset: 'go.01', roles: ['V'], line: 11, sentence: 2 },
  ]);
});

test('columns stand where the file says', async () => {
  const text = '# global.columns = ID FORM UP:PRED UP:ARGS\n1\tI\t_\tB-A0\n2\trun\trun.01\tB-V\n';
  expect(await read(text)).toMatchObject([
    { tokens: ['I', 'run'], roleset: 'run.01', roles: ['B-A0', 'B-V'], predicate: 1 },
  ]);
});

test.each([
  [row(1, 'Go', 'go.01', 'V', '_'), 'data-format', 'a.conllu:1: the sentence has 1 predicates and 2 columns of roles'],
  [row(1, 'Go', 'go.01'), 'data-format', 'a.conllu:1: the sentence has 1 predicates and 0 columns of roles'],
  [row(1, 'Go', '_', 'V'), 'data-format', 'a.conllu:1: the sentence has 0 predicates and 1 columns of roles'],
  [row(1, 'Go'), 'data-format', 'a.conllu:1: 10 columns; a roleset was expected in column 11, and roles after it'],
  [row(1, 'Go', '_'), 'data-empty', 'a.conllu: no predicate in it; column 11 has a roleset such as come.03 at each'],
  [
    '# global.columns = ID FORM UP:PRED UP:ARGHEADS\n',
    'data-format',
    'a.conllu:1: all roles in one column, UP:ARGHEADS',
  ],
  [
    '# global.columns = ID FORM MISC\n',
    'data-format',
    'a.conllu:1: the columns ID FORM MISC; FORM, a column that ends in',
  ],
])('%j is a fault', async (content, code, message) => {
  await expect(read(content)).rejects.toThrow(dataFault(code, message));
});
