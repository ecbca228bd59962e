// Pieces of text as they come, joined, are the text decoded at once.

import { buildVocabulary, type Vocabulary } from '@rondo/data';
import { expect, test } from 'vitest';
import { textStream } from './text-stream.ts';

function pieces(vocabulary: Vocabulary, before: string, text: string): string[] {
  const stream = textStream(vocabulary, vocabulary.encode(before)[0]);
  return [...Array.from(vocabulary.encode(text), (id) => stream.push(id)), stream.end()];
}

test('a character of several bytes comes with its last byte', () => {
  const bytes = buildVocabulary('byte', new Uint8Array());
  expect(pieces(bytes, '\n', 'aé😀')).toEqual(['a', '', 'é', '', '', '', '😀', '']);
  expect(pieces(bytes, '\n', '\uFEFFb').join('')).toBe('\uFEFFb');
});

test('a character that is never finished is replaced at the end', () => {
  const stream = textStream(buildVocabulary('byte', new Uint8Array()), 10);
  expect([stream.push(0xf0), stream.push(0x9f), stream.end()]).toEqual(['', '', '\uFFFD']);
});

test('words are separated, lines begin without a space', () => {
  const words = buildVocabulary('word', 'one two\nthree');
  expect(pieces(words, 'one', 'two three\none')).toEqual([' two', ' three', '\n', 'one', '']);
  expect(pieces(words, '\n', 'two')).toEqual(['two', '']);
});

test('byte-pair units come as they are', () => {
  const pairs = buildVocabulary('byte-pair', 'the the cat', { merges: 2 });
  expect(pieces(pairs, 't', 'the cat').join('')).toBe('the cat');
});

test('characters come one by one', () => {
  expect(pieces(buildVocabulary('character', 'x😀y'), 'x', '😀y')).toEqual(['😀', 'y', '']);
});
