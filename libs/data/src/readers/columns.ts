// CoNLL columns: a token a line with its tags, a blank line between sentences.

import type { DataFile } from '../files.ts';
import { faultAt, quoted, readLines } from './content.ts';
import { normalizeTags, type TagScheme } from './tag-schemes.ts';

export interface ColumnOptions {
  /** Column of the token: 1 is the first, -1 the last. */
  readonly token: number;
  /** Column of the tag; undefined where there are none: tags are empty then. */
  readonly tag?: number | undefined;
  readonly scheme: TagScheme;
  /** CoNLL-U: lines that begin with `#` are comments, words of several tokens (`1-2`) and empty nodes (`8.1`) are left out. */
  readonly conllU?: boolean | undefined;
}

export interface TaggedSentence {
  readonly tokens: readonly string[];
  /** As many as tokens, IOB1 written as BIO. */
  readonly tags: readonly string[];
  /** Of its first token, from 1. */
  readonly line: number;
}

/**
 * Columns stand between tabs where a line has one, else between spaces. Lines of `-DOCSTART-` are left out.
 * @throws DataFault data-format where a line has too few columns, or not as many as the one before it; data-tags where the tags do not
 * follow their scheme; data-empty; those of readLines.
 */
export async function readColumns(file: DataFile, options: ColumnOptions): Promise<TaggedSentence[]> {
  const { token, tag, scheme } = options;
  const sentences = (await readSentences(file, options.conllU ?? false)).map((rows): TaggedSentence => {
    const tokens = rows.map((row) => columnOf(file, row, token, 'token'));
    const tags = tag === undefined ? [] : rows.map((row) => columnOf(file, row, tag, 'tag'));
    const normal = normalizeTags(tags, scheme);
    if ('fault' in normal) throw faultAt(file, rows[normal.fault.index].line, 'data-tags', normal.fault.message);
    return { tokens, tags: normal.tags, line: rows[0].line };
  });
  if (sentences.length === 0)
    throw faultAt(file, undefined, 'data-empty', 'no token in it; a line is a token and its tag');
  return sentences;
}

export interface TokenRow {
  readonly columns: readonly string[];
  /** From 1. */
  readonly line: number;
}

/** The rows of every sentence that has any; all rows of a sentence have the same number of columns. */
export async function readSentences(
  file: DataFile,
  conllU: boolean,
  onComment?: (text: string, line: number) => void,
): Promise<TokenRow[][]> {
  const sentences: TokenRow[][] = [];
  let open: TokenRow[] = [];
  for (const [i, text] of [...(await readLines(file)), ''].entries()) {
    const line = i + 1;
    if (/^[ \t]*$/.test(text)) {
      if (open.length > 0) sentences.push(open);
      open = [];
    } else if (conllU && text.startsWith('#')) {
      onComment?.(text, line);
    } else if (!isLeftOut(text, conllU)) {
      const columns = text.includes('\t') ? text.split('\t') : text.split(' ').filter((column) => column !== '');
      checkCount(file, open.at(-1), { columns, line });
      open.push({ columns, line });
    }
  }
  return sentences;
}

function isLeftOut(text: string, conllU: boolean): boolean {
  return text.startsWith('-DOCSTART-') || (conllU && /^\d+[-.]\d+\t/.test(text));
}

function checkCount(file: DataFile, before: TokenRow | undefined, { columns, line }: TokenRow): void {
  if (before === undefined || before.columns.length === columns.length) return;
  const message = `${columns.length} columns (${quoted(columns.join(' '))}), but the line before has ${before.columns.length}; a sentence's lines have the same columns, and a blank line ends it`;
  throw faultAt(file, line, 'data-format', message);
}

function columnOf(file: DataFile, { columns, line }: TokenRow, column: number, what: string): string {
  const value = columns.at(column > 0 ? column - 1 : column);
  const has = `${columns.length === 1 ? '1 column' : `${columns.length} columns`} (${quoted(columns.join(' '))})`;
  if (value === undefined || column === 0) {
    throw faultAt(
      file,
      line,
      'data-format',
      `${has}, but the ${what} is column ${column}; 1 is the first, -1 the last`,
    );
  }
  if (value === '') throw faultAt(file, line, 'data-format', `the ${what}, column ${column}, is empty; write it there`);
  return value;
}
