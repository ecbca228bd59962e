// What a data file holds: bytes, unpacked where gzip packed them, or lines of strict UTF-8; all of it has a limit.

import { constants } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DataFault, type DataFaultCode } from '../fault.ts';
import { type DataFile, unreadable } from '../files.ts';
import { decodeUtf8 } from '../utf8.ts';

/** The largest file, packed and unpacked: what one JavaScript string holds, half a GiB. */
const maxDataBytes = constants.MAX_STRING_LENGTH;

/** What a fault names: a file, or what a program gives. */
export type Source = Pick<DataFile, 'name'> & Partial<Pick<DataFile, 'specPath'>>;

/** A fault at a line of a file, from 1, or in the source as a whole. */
export function faultAt(file: Source, line: number | undefined, code: DataFaultCode, message: string): DataFault {
  const where = line === undefined ? file.name : `${file.name}:${line}`;
  return new DataFault(code, `${where}: ${message}`, file.specPath);
}

/**
 * The file's bytes, unpacked if they are gzip's.
 * @throws DataFault data-unreadable, data-empty, data-too-large, data-format where gzip is damaged.
 */
export async function readBytes(file: DataFile, limit = maxDataBytes): Promise<Buffer> {
  const tooLarge = (what: string) =>
    faultAt(
      file,
      undefined,
      'data-too-large',
      `${what}, more than the ${limit} bytes that fit; split it into several files`,
    );
  if (file.bytes > limit) throw tooLarge(`it has ${file.bytes} bytes`);
  const stored = await read(file);
  const bytes = isGzip(stored) ? await unpack(file, stored, limit, tooLarge) : stored;
  if (bytes.length === 0) throw faultAt(file, undefined, 'data-empty', 'it is empty; name a file with data');
  return bytes;
}

async function read(file: DataFile): Promise<Buffer> {
  try {
    return await readFile(file.path);
  } catch (error) {
    throw unreadable('data', file.name, file.specPath, error);
  }
}

/** No other format here begins like this, and no UTF-8 text does. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function unpack(
  file: DataFile,
  packed: Buffer,
  limit: number,
  tooLarge: (what: string) => DataFault,
): Promise<Buffer> {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge('it unpacks to more');
    const reason = error instanceof Error ? error.message : String(error);
    throw faultAt(file, undefined, 'data-format', `gzip cannot unpack it: ${reason}; bring the whole file again`);
  }
}

/**
 * The file's lines, without their ends (LF or CR LF) and without a byte order mark; the last may lack its end.
 * @throws DataFault of readBytes, and data-not-utf8.
 */
export async function readLines(file: DataFile, limit = maxDataBytes): Promise<string[]> {
  const bytes = await readBytes(file, limit);
  const decoded = decodeUtf8(bytes);
  if ('invalidAt' in decoded) {
    const line = bytes.subarray(0, decoded.invalidAt).reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 1);
    const message = `not UTF-8 at byte ${decoded.invalidAt} of the file; convert it to UTF-8, as iconv does`;
    throw faultAt(file, line, 'data-not-utf8', message);
  }
  const lines = decoded.text.replace(/^\uFEFF/, '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

/** The file's ending in small letters, that of gzip left out: `csv` of `data/A.CSV.gz`. */
export function endingOf({ name }: DataFile): string {
  return /\.([^./]+)$/.exec(name.toLowerCase().replace(/\.gz$/, ''))?.[1] ?? '';
}

/** A value of somebody else's for a message, quoted and cut. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
