// Cuts a line of text into tokens and puts it together again: at spaces, into words and punctuation, or into characters.

export type Tokenization = 'space' | 'words' | 'characters';

/**
 * Stands on that side of a token where the text has no space: `Hello, world!` is `Hello`, `￭,`, `world`, `￭!`. Of two neighbours
 * only the one that is no word carries it, so that a word is the same token wherever it stands.
 */
const joiner = '\uFFED';

/**
 * A word: letters, marks and digits, with an apostrophe between letters and a comma or a point between digits; else a single
 * character. Properties of characters come with the JavaScript engine; unlike locale data, those of assigned ones do not change.
 */
const wordPattern =
  /[\p{L}\p{M}\p{N}_]+(?:(?:(?<=\p{N})[.,](?=\p{N})|(?<=[\p{L}\p{M}])['’](?=\p{L}))[\p{L}\p{M}\p{N}_]+)*|\S/gu;
const isWord = (token: string) => /^[\p{L}\p{M}\p{N}_]/u.test(token);

/** The tokens of a line; white space only separates, except of `characters`, where it is a token as well. */
export function tokenize(text: string, by: Tokenization): string[] {
  switch (by) {
    case 'space':
      return chunks(text);
    case 'characters':
      return Array.from(text);
    case 'words':
      return chunks(text).flatMap(wordsOf);
  }
}

/**
 * The line that tokens were cut from: exactly, where it had single spaces between its words, none at its ends and no U+FFED.
 * @param by how it was cut.
 */
export function detokenize(tokens: readonly string[], by: Tokenization): string {
  if (by === 'characters') return tokens.join('');
  if (by === 'space') return tokens.join(' ');
  let text = '';
  let isJoined = true;
  for (const token of tokens) {
    const body = token.replaceAll(joiner, '');
    text += isJoined || token.startsWith(joiner) ? body : ` ${body}`;
    isJoined = token !== joiner && token.endsWith(joiner);
  }
  return text;
}

function chunks(text: string): string[] {
  return text.match(/\S+/gu) ?? [];
}

/** Of what stands between white space. */
function wordsOf(chunk: string): string[] {
  const parts = chunk.match(wordPattern) ?? [];
  return parts.map((part, i) => {
    if (isWord(part)) return part;
    // To the left any neighbour is joined; to the right only a word, since what is none joins itself to its left.
    const left = i > 0 ? joiner : '';
    const right = i + 1 < parts.length && isWord(parts[i + 1]) ? joiner : '';
    return left + part + right;
  });
}
