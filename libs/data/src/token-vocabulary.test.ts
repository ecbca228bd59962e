// Vocabularies of tokens: order, special symbols, unknown tokens, JSON.

import { describe, expect, test } from 'vitest';
import { parseTokenVocabulary, tokenVocabulary } from './token-vocabulary.ts';

const sequences = [
  ['the', 'cat', 'and', 'the', 'dog'],
  ['\u{1F600}', '\uFFFD', 'and', 'the', '<pad>'],
];
const specials = ['<pad>', '<unk>', '</s>'];

test('special symbols, then tokens by frequency, then by code point', () => {
  const { symbols, size } = tokenVocabulary(sequences, { specials });
  expect(symbols).toEqual(['<pad>', '<unk>', '</s>', 'the', 'and', 'cat', 'dog', '\uFFFD', '\u{1F600}']);
  expect(size).toBe(9);
});

test('rare tokens are left out, and so is what does not fit', () => {
  expect(tokenVocabulary(sequences, { minCount: 2 }).symbols).toEqual(['the', 'and']);
  expect(tokenVocabulary(sequences, { maxSize: 4, specials }).symbols).toEqual([...specials, 'the']);
  expect(tokenVocabulary(sequences, { maxSize: 2, specials }).symbols).toEqual(specials);
});

test('tokens come back, unknown ones as <unk>', () => {
  const vocabulary = tokenVocabulary(sequences, { specials });
  expect(vocabulary.encode(['the', 'cow', 'and'])).toEqual(Int32Array.of(3, 1, 4));
  expect(vocabulary.decode([3, 1, 4, 2])).toEqual(['the', '<unk>', 'and', '</s>']);
  expect(() => vocabulary.decode([9])).toThrow('no symbol 9 of 9');
});

test('no text can pass for a special symbol', () => {
  const vocabulary = tokenVocabulary(sequences, { specials });
  expect(vocabulary.encode(['<pad>', '</s>'])).toEqual(Int32Array.of(1, 1));
  expect(vocabulary.special('</s>')).toBe(2);
  expect(() => vocabulary.special('the')).toThrow('no special symbol the');
});

test('without <unk> an unknown token is a fault that names it', () => {
  const vocabulary = tokenVocabulary([['B-a', 'O']]);
  expect(() => vocabulary.encode(['O', 'I-a'])).toThrow(
    expect.objectContaining({
      code: 'unknown-symbol',
      message: expect.stringContaining('token 1, "I-a", is not in the'),
    }),
  );
  // A token of the data by that name is a token like others.
  expect(() => tokenVocabulary([['<unk>']]).encode(['a'])).toThrow('token 0, "a"');
});

describe('as JSON', () => {
  test('it comes back', () => {
    const vocabulary = tokenVocabulary(sequences, { specials });
    const again = parseTokenVocabulary(JSON.stringify(vocabulary));
    expect(again.toJSON()).toEqual(vocabulary.toJSON());
    expect(again.encode(['dog', '?'])).toEqual(vocabulary.encode(['dog', '?']));
  });

  test.each([
    '{',
    '[]',
    'null',
    '{"unit":"word","symbols":["a"],"specials":0}',
    '{"unit":"token","symbols":["a","a"],"specials":0}',
    '{"unit":"token","symbols":["a"],"specials":2}',
    '{"unit":"token","symbols":["a"]}',
    '{"unit":"token","symbols":[1],"specials":0}',
  ])('%s is a fault', (json) => {
    expect(() => parseTokenVocabulary(json)).toThrow(expect.objectContaining({ code: 'vocabulary-invalid' }));
  });
});
