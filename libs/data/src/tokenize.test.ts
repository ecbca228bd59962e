// Lines to tokens and back.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { detokenize, type Tokenization, tokenize } from './tokenize.ts';

test.each([
  ['Hello, world!', 'Hello ￭, world ￭!'],
  ["Don't (really) pay 1,234.50 for v1.2.", "Don't (￭ really ￭) pay 1,234.50 for v1.2 ￭."],
  ["Type '{0}' is not well-known.", "Type ' ￭{￭ 0 ￭} ￭' is not well ￭-￭ known ￭."],
  ['a=>b, «Über» 3rd 東京。', 'a ￭= ￭>￭ b ￭, «￭ Über ￭» 3rd 東京 ￭。'],
  ["the dogs' l’été", "the dogs ￭' l’été"],
  ['  two   spaces\t', 'two spaces'],
  ['', ''],
])('words of %j', (text, tokens) => {
  expect(tokenize(text, 'words').join(' ')).toBe(tokens);
  expect(detokenize(tokenize(text, 'words'), 'words')).toBe(text.trim().replace(/\s+/g, ' '));
});

test('spaces and characters', () => {
  expect(tokenize(' Hello,  world! ', 'space')).toEqual(['Hello,', 'world!']);
  expect(tokenize('a 😀', 'characters')).toEqual(['a', ' ', '😀']);
});

test.each<Tokenization>(['space', 'words', 'characters'])('any text with single spaces comes back from %s', (by) => {
  const visible = fc.oneof(
    fc.constantFrom(...Array.from('ab1é0_.,;\'’"()-{}=>😀東𝒳'), 'e\u0301'),
    fc
      .integer({ min: 0x21, max: 0x10ffff })
      .map((codePoint) => String.fromCodePoint(codePoint))
      .filter((character) => /[^\s\uFFED\p{Cs}]/u.test(character)),
  );
  const word = fc.array(visible, { minLength: 1, maxLength: 8 }).map((characters) => characters.join(''));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      const text = words.join(' ');
      expect(detokenize(tokenize(text, by), by)).toBe(text);
    }),
    { numRuns: 150 },
  );
});
