// Symbols to text one at a time, so that the pieces joined are what decoding them at once gives.

import type { Vocabulary } from '@rondo/data';

export interface TextStream {
  /** What is certain after one more symbol; nothing in the midst of a character of several bytes. */
  push(id: number): string;
  /** What is left: U+FFFD for a character that was never finished. */
  end(): string;
}

/** @param before the symbol before the first one: a word after a word begins with a space. */
export function textStream(vocabulary: Vocabulary, before: number): TextStream {
  if (vocabulary.unit === 'byte') {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return { push: (id) => decoder.decode(Uint8Array.of(id), { stream: true }), end: () => decoder.decode() };
  }
  let previous = before;
  return {
    push(id) {
      const text = vocabulary.decode([previous, id]).slice(vocabulary.decode([previous]).length);
      previous = id;
      return text;
    },
    end: () => '',
  };
}
