// Text files joined into one text: characters for units of characters and words, bytes for bytes.

import { constants } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { DataFault } from './fault.ts';
import { type DataFile, type FindOptions, findFiles, unreadable } from './files.ts';
import { decodeUtf8 } from './utf8.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The longest text: what one JavaScript string holds. */
const maxTextBytes = constants.MAX_STRING_LENGTH;

export interface ReadOptions extends FindOptions {
  readonly unit: Vocabulary['unit'];
}

export interface Text {
  /** Bytes where the unit is a byte, else a string. */
  readonly text: string | Uint8Array;
  /** Names relative to the base folder, in the order in which they are joined. */
  readonly files: readonly string[];
}

/**
 * Reads the files that the patterns match, in the order of their names' code points, and joins them without
 * anything between.
 * @throws DataFault of findFiles, and text-empty, text-too-large, text-not-utf8 (unless the unit is a byte).
 */
export async function readText(
  patterns: readonly string[],
  baseDir: string,
  { unit, root }: ReadOptions,
): Promise<Text> {
  const files = await findFiles(patterns, baseDir, { root, field: 'spec.data.text' });
  const size = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (size > maxTextBytes) {
    const message = `the text has ${size} bytes, more than the ${maxTextBytes} that fit; name fewer files`;
    throw new DataFault('text-too-large', message, 'spec.data.text');
  }
  const text =
    unit === 'byte' ? Buffer.concat(await readAll(files, readBytes)) : (await readAll(files, readUtf8)).join('');
  if (text.length === 0) {
    throw new DataFault('text-empty', `the text is empty (${names(files)}); name files with text`, 'spec.data.text');
  }
  return { text, files: files.map(({ name }) => name) };
}

/** One file after the other: the text may fill much of the memory. */
async function readAll<T>(files: readonly DataFile[], read: (file: DataFile) => Promise<T>): Promise<T[]> {
  const parts: T[] = [];
  for (const file of files) parts.push(await read(file));
  return parts;
}

async function readBytes({ path, name, specPath }: DataFile): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable('text', name, specPath, error);
  }
}

async function readUtf8(file: DataFile): Promise<string> {
  const decoded = decodeUtf8(await readBytes(file));
  if ('text' in decoded) return decoded.text;
  const message = `${file.name} is not UTF-8 at byte ${decoded.invalidAt}; convert it, or set unit: byte`;
  throw new DataFault('text-not-utf8', message, file.specPath);
}

function names(files: readonly DataFile[]): string {
  const first = files.slice(0, 3).map(({ name }) => name);
  return [...first, ...(files.length > 3 ? [`${files.length - 3} more`] : [])].join(', ');
}
