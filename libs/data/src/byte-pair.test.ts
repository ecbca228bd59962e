// Byte-pair units: merges against counting anew, round trips, unknown characters, JSON, and speed.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { learnBytePairs } from './byte-pair.ts';
import { learnMerges, pieces } from './byte-pair-merges.ts';
import { buildVocabulary, parseVocabulary } from './vocabulary.ts';

test('pieces are words with their space, and the white space that is left', () => {
  expect([...pieces('The cat\n    sat\t on  it. \n')]).toEqual([
    'The',
    ' cat',
    '\n   ',
    ' sat',
    '\t',
    ' on',
    ' ',
    ' it.',
    ' \n',
  ]);
  expect([...pieces('a'.repeat(150))].map(({ length }) => length)).toEqual([64, 64, 22]);
});

test('the example of the paper', () => {
  const text = [
    ...['low', 'low', 'low', 'low', 'low', 'lower', 'lower'],
    ...Array<string>(6).fill('newest'),
    ...Array<string>(3).fill('widest'),
  ].join('\n');
  const { symbols, merges } = learnMerges(text, 5);
  const made = merges.map(([left, right]) => symbols[left] + symbols[right]);
  // es 9, est 9, lo 7, low 7; then, of those with 6, ew comes before ne and west.
  expect(made).toEqual(['es', 'est', 'lo', 'low', 'ew']);
});

/** Algorithm 1 of the paper as it stands there: counts all pairs anew for every merge. */
function learnSlowly(text: string, count: number): string[][] {
  const words = [...pieces(text)].map((piece) => Array.from(piece));
  const merged: string[][] = [];
  while (merged.length < count) {
    const counts = new Map<string, { pair: string[]; times: number }>();
    for (const word of words) {
      for (let i = 1; i < word.length; i++) {
        const pair = [word[i - 1], word[i]];
        const key = JSON.stringify(pair);
        counts.set(key, { pair, times: (counts.get(key)?.times ?? 0) + 1 });
      }
    }
    const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
    const best = [...counts.values()]
      .sort((a, b) => b.times - a.times || order(a.pair[0], b.pair[0]) || order(a.pair[1], b.pair[1]))
      .at(0);
    if (best === undefined || best.times < 2) break;
    merged.push(best.pair);
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        if (word[i] === best.pair[0] && word[i + 1] === best.pair[1]) word.splice(i, 2, best.pair.join(''));
      }
    }
  }
  return merged;
}

test('counts that are kept up find the merges that counting anew finds', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', ' ', '\n', '😀', '\uFFFD'),
    maxLength: 120,
    size: 'max',
  });
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 30 }), (text, count) => {
      const { symbols, merges } = learnMerges(text, count);
      expect(merges.map((pair) => pair.map((id) => symbols[id]))).toEqual(learnSlowly(text, count));
    }),
    { numRuns: 300 },
  );
});

const anyCharacter = fc
  .integer({ min: 0, max: 0x10ffff })
  .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
  .map((codePoint) => String.fromCodePoint(codePoint));

test('text comes back exactly, also text that was not learnt from', () => {
  const text = fc.string({ unit: fc.constantFrom(...Array.from('abcde \n\t😀\u3000')), maxLength: 200, size: 'max' });
  fc.assert(
    fc.property(text, text, (learnt, other) => {
      const vocabulary = learnBytePairs(`${learnt}abcde \n\t😀\u3000`, { merges: 50 });
      for (const text of [learnt, other]) {
        const ids = vocabulary.encode(text);
        expect(vocabulary.decode(ids)).toBe(text);
        expect(vocabulary.encode(text)).toEqual(ids);
      }
    }),
    { numRuns: 40 },
  );
  fc.assert(
    fc.property(
      fc.array(anyCharacter).map((all) => all.join('')),
      (text) => {
        const vocabulary = learnBytePairs(text, { merges: 20 });
        expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
      },
    ),
    { numRuns: 40 },
  );
});

test('numbers are special symbols, characters by code point, then merges in their order', () => {
  const vocabulary = learnBytePairs('ba ba ba', { merges: 2, specials: ['<pad>', '<unk>'] });
  expect(vocabulary.toJSON()).toEqual({
    unit: 'byte-pair',
    symbols: ['<pad>', '<unk>', ' ', 'a', 'b', 'ba', ' ba'],
    specials: 2,
    merges: [
      [4, 3],
      [2, 5],
    ],
  });
  expect(vocabulary.encode('ba bab')).toEqual(Int32Array.of(5, 6, 4));
});

describe('characters that were not learnt', () => {
  test('are a fault that names them and their offset', () => {
    const vocabulary = learnBytePairs('a 😀 b', { merges: 3 });
    expect(() => vocabulary.encode('😀 a bé')).toThrow(
      expect.objectContaining({
        code: 'unknown-symbol',
        message: expect.stringContaining('character 5, "é" (U+00E9), is not in the vocabulary'),
      }),
    );
  });

  test('are <unk> where that is a special symbol, and no text is another', () => {
    const vocabulary = learnBytePairs('<pad><unk> <pad><unk>', { merges: 30, specials: ['<pad>', '<unk>'] });
    const ids = vocabulary.encode('<pad> é <unk>');
    expect(vocabulary.decode(ids)).toBe('<pad> <unk> <unk>');
    expect(ids.filter((id) => id === vocabulary.special('<unk>'))).toHaveLength(1);
    expect(ids).not.toContain(vocabulary.special('<pad>'));
    expect(() => vocabulary.special('<s>')).toThrow('no special symbol <s>');
  });
});

describe('as a vocabulary', () => {
  const text = 'the cat and the hat and the bat\n'.repeat(3);

  test('it is built, written and read again', () => {
    const vocabulary = buildVocabulary('byte-pair', text, { merges: 20, specials: ['<unk>'] });
    const again = parseVocabulary(JSON.stringify(vocabulary));
    expect(again.toJSON()).toEqual(vocabulary.toJSON());
    expect(again.encode(`${text}!`)).toEqual(vocabulary.encode(`${text}!`));
    expect(() => again.decode([vocabulary.size])).toThrow(`no symbol ${vocabulary.size} of`);
    expect(() => buildVocabulary('byte-pair', text)).toThrow('byte-pair units need the number of merges');
    expect(() => vocabulary.encode(Uint8Array.of(1))).toThrow('not from bytes');
  });

  test.each([
    [
      'a merge of symbols that come later',
      {
        symbols: ['a', 'b', 'ab', 'aab'],
        merges: [
          [0, 2],
          [0, 1],
        ],
      },
    ],
    ['a symbol that no merge makes', { symbols: ['a', 'b', 'ab'], merges: [] }],
    ['a merge that makes no symbol', { symbols: ['a', 'b'], merges: [[0, 1]] }],
    ['a merge of a special symbol', { symbols: ['<unk>', 'a', '<unk>a'], specials: 1, merges: [[0, 1]] }],
    ['a symbol twice', { symbols: ['a', 'a'], merges: [] }],
    ['an empty symbol', { symbols: ['a', ''], merges: [] }],
    ['merges that are no pairs', { symbols: ['a'], merges: [[0]] }],
    ['no merges', { symbols: ['a'] }],
    ['more special symbols than symbols', { symbols: ['a'], specials: 2, merges: [] }],
  ])('%s is a fault', (_, json) => {
    const text = JSON.stringify({ unit: 'byte-pair', specials: 0, ...json });
    expect(() => parseVocabulary(text)).toThrow(expect.objectContaining({ code: 'vocabulary-invalid' }));
  });
});

test('ends when no pair occurs twice', () => {
  expect(learnMerges('abc', 10).merges).toEqual([]);
  expect(learnMerges('', 10)).toEqual({ symbols: [], merges: [] });
});

test('a megabyte without white space does not take long', () => {
  const text = Array.from({ length: 200_000 }, (_, i) =>
    String.fromCodePoint(0x4e00 + ((i * i * 7919 + i * 31) % 997)),
  ).join('');
  const started = performance.now();
  const vocabulary = learnBytePairs(text, { merges: 200 });
  expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
  // Some tenths of a second; minutes if every merge went over the whole text.
  expect(performance.now() - started).toBeLessThan(20_000);
});
