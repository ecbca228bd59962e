// Vocabularies: the order of symbols, round trips, unknown symbols, preparation.json.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildVocabulary, parseVocabulary } from './vocabulary.ts';

const wellFormed = fc.string({ unit: 'binary', minLength: 1 });

describe('characters', () => {
  test('are code points in the order of code points, beyond the basic plane too', () => {
    // U+FFFD sorts before U+1F600, though its UTF-16 unit is the larger one.
    const vocabulary = buildVocabulary('character', 'b😀a\uFFFDb');
    expect(vocabulary.toJSON()).toEqual({ unit: 'character', symbols: ['a', 'b', '\uFFFD', '😀'] });
    expect(vocabulary.encode('😀b')).toEqual(Int32Array.of(3, 1));
  });

  test('come back from their numbers', () => {
    fc.assert(
      fc.property(wellFormed, (text) => {
        const vocabulary = buildVocabulary('character', text);
        const ids = vocabulary.encode(text);
        expect(vocabulary.decode(ids)).toBe(text);
        expect(ids).toHaveLength(Array.from(text).length);
        expect(new Set(ids).size).toBe(vocabulary.size);
      }),
    );
  });

  test('that are unknown are a fault that names them and their offset', () => {
    const vocabulary = buildVocabulary('character', 'ab😀');
    expect(() => vocabulary.encode('a😀é')).toThrow(
      expect.objectContaining({
        code: 'unknown-symbol',
        message: expect.stringContaining('character 2, "é" (U+00E9), is not in the vocabulary'),
      }),
    );
  });
});

describe('bytes', () => {
  test('are 256, whatever the text', () => {
    const vocabulary = buildVocabulary('byte', Uint8Array.of(65));
    expect(vocabulary.size).toBe(256);
    expect(vocabulary.encode(Uint8Array.of(0, 255))).toEqual(Int32Array.of(0, 255));
  });

  test('come back from their numbers, broken UTF-8 as replacement characters', () => {
    const vocabulary = buildVocabulary('byte', '');
    fc.assert(fc.property(wellFormed, (text) => vocabulary.decode(vocabulary.encode(`x${text}`)) === `x${text}`));
    expect(vocabulary.decode([0xf0, 0x9f, 65])).toBe('\uFFFDA');
  });
});

describe('words', () => {
  const text = 'the cat\tand the  dog\nand the <unk>\n';
  const vocabulary = buildVocabulary('word', text);

  test('stand by frequency, then by code point, after <unk> and <eos>', () => {
    expect(vocabulary.toJSON().symbols).toEqual(['<unk>', '<eos>', 'the', 'and', 'cat', 'dog']);
    expect(vocabulary.encode(text)).toEqual(Int32Array.of(2, 4, 3, 2, 5, 1, 3, 2, 0, 1));
  });

  test('that are unknown are <unk>', () => {
    expect(vocabulary.encode('the cow')).toEqual(Int32Array.of(2, 0));
  });

  test('come back with single spaces and their lines', () => {
    expect(vocabulary.decode(vocabulary.encode(text))).toBe('the cat and the dog\nand the <unk>\n');
  });
});

describe('preparation.json', () => {
  test.each(['character', 'byte', 'word'] as const)('brings a vocabulary of unit %s back', (unit) => {
    const vocabulary = buildVocabulary(unit, 'some text\nof 😀 lines');
    const again = parseVocabulary(JSON.stringify(vocabulary));
    expect(again.toJSON()).toEqual(vocabulary.toJSON());
    expect(again.encode('text\nlines')).toEqual(vocabulary.encode('text\nlines'));
  });

  test.each([
    '{',
    'null',
    '{}',
    '{"unit":"character"}',
    '{"unit":"character","symbols":[]}',
    '{"unit":"character","symbols":["ab"]}',
    '{"unit":"character","symbols":["a","a"]}',
    '{"unit":"word","symbols":["the"]}',
    '{"unit":"byte","symbols":["a"]}',
  ])('%s is a fault', (json) => {
    expect(() => parseVocabulary(json)).toThrow(expect.objectContaining({ code: 'vocabulary-invalid' }));
  });
});

test('a number outside the vocabulary is a bug', () => {
  for (const unit of ['character', 'byte', 'word'] as const) {
    const vocabulary = buildVocabulary(unit, 'ab');
    expect(() => vocabulary.decode([vocabulary.size])).toThrow(`no symbol ${vocabulary.size} of`);
    expect(() => vocabulary.decode([-1])).toThrow('no symbol -1 of');
  }
});
