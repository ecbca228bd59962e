// The next command that a finished run suggests works.

import { buildVocabulary } from '@rondo/data';
import { expect, test } from 'vitest';
import { promptWords } from './train-result.ts';

test.each([
  ['what code goes on from', 'character', 'a function of one', 'one', ['--prompt', 'function ']],
  ['the same of words', 'word', 'a function of one', 'one', ['--prompt', 'function ']],
  ['any bytes', 'byte', '', '', ['--prompt', 'function ']],
  ['a word of the sample', 'character', 'to be or not', '\n  or be', ['--prompt', 'or']],
  ['a whole one', 'word', 'to be or not', 'be or', ['--prompt', 'be']],
  ['no unknown word', 'word', 'to be', '<unk> ', []],
  ['nothing where there are no words', 'character', '+-', '-+-', []],
] as const)('a prompt that the vocabulary knows: %s', (_name, unit, text, sample, words) => {
  expect(promptWords(buildVocabulary(unit, unit === 'byte' ? Buffer.from(text) : text), sample)).toEqual(words);
});
