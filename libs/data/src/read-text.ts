// Text files joined into one text: characters for units of characters and words, bytes for bytes.

import { constants } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import type { TextData } from '@rondo/spec';
import { DataFault } from './fault.ts';
import { type FindOptions, findTextFiles, type TextFile, unreadable } from './text-files.ts';

/** The longest text: what one JavaScript string holds. */
const maxTextBytes = constants.MAX_STRING_LENGTH;

export interface ReadOptions extends FindOptions {
  readonly unit: TextData['unit'];
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
 * @throws DataFault of findTextFiles, and text-empty, text-too-large, text-not-utf8 (unless the unit is a byte).
 */
export async function readText(
  patterns: readonly string[],
  baseDir: string,
  { unit, root }: ReadOptions,
): Promise<Text> {
  const files = await findTextFiles(patterns, baseDir, { root });
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
async function readAll<T>(files: readonly TextFile[], read: (file: TextFile) => Promise<T>): Promise<T[]> {
  const parts: T[] = [];
  for (const file of files) parts.push(await read(file));
  return parts;
}

async function readBytes({ path, name, specPath }: TextFile): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable(name, specPath, error);
  }
}

async function readUtf8(file: TextFile): Promise<string> {
  const bytes = await readBytes(file);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const message = `${file.name} is not UTF-8 at byte ${firstInvalidByte(bytes)}; convert it, or set unit: byte`;
    throw new DataFault('text-not-utf8', message, file.specPath);
  }
}

/** Offset of the first byte that no UTF-8 text has there, by bisection over prefixes; the length if the end is cut off. */
function firstInvalidByte(bytes: Uint8Array): number {
  let valid = 0;
  let invalid = bytes.length + 1;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isUtf8Prefix(bytes.subarray(0, middle))) valid = middle;
    else invalid = middle;
  }
  return valid;
}

function isUtf8Prefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function names(files: readonly TextFile[]): string {
  const first = files.slice(0, 3).map(({ name }) => name);
  return [...first, ...(files.length > 3 ? [`${files.length - 3} more`] : [])].join(', ');
}
