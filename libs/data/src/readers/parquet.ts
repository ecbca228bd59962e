// Parquet files as tables: flat columns, and lists of numbers.

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type Compressors, type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { DataFile } from '../files.ts';
import { faultAt, quoted } from './content.ts';
import { type Cell, createTable, maxCells, type Table } from './table.ts';

/** Beside none and Snappy, which the package knows. */
const compressors: Compressors = {
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: length }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: length }),
};

/**
 * The columns at the top of the schema. Times are text as in ISO 8601, truth values text.
 * @throws DataFault data-format for what is no Parquet, is packed by Zstandard or LZ4; data-empty; data-too-large. A
 * column that has other nested values than lists of numbers, or integers beyond 2^53, is a fault when it is asked for.
 */
export async function parseParquet(file: DataFile, bytes: Buffer): Promise<Table> {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const { metadata, rows } = await decode(file, buffer);
  if (rows.length === 0) throw faultAt(file, undefined, 'data-empty', 'it has no row');
  const columns = topColumns(metadata).map((name) => {
    const cells = () => rows.map((row, i) => cellOf(file, i, name, row[name]));
    return [name, cells] as const;
  });
  return createTable(file, new Map(columns), rows.length, undefined);
}

async function decode(
  file: DataFile,
  buffer: ArrayBuffer,
): Promise<{ metadata: FileMetaData; rows: Record<string, unknown>[] }> {
  let metadata: FileMetaData;
  try {
    metadata = parquetMetadata(buffer);
  } catch (error) {
    throw damaged(file, error);
  }
  const cells = Number(metadata.num_rows) * topColumns(metadata).length;
  if (cells > maxCells) {
    throw faultAt(file, undefined, 'data-too-large', `${cells} values, more than ${maxCells}; split the file`);
  }
  try {
    return { metadata, rows: await parquetReadObjects({ file: buffer, metadata, compressors }) };
  } catch (error) {
    throw damaged(file, error);
  }
}

function damaged(file: DataFile, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `not Parquet that can be read: ${reason}; write it again, packed by Snappy, gzip, Brotli or not at all`;
  return faultAt(file, undefined, 'data-format', message);
}

/** Names of the schema's columns below its root; a nested one counts once. */
function topColumns({ schema }: FileMetaData): string[] {
  const names: string[] = [];
  let next = 1;
  const skip = (i: number): number => {
    let after = i + 1;
    for (let child = 0; child < (schema[i]?.num_children ?? 0); child++) after = skip(after);
    return after;
  };
  for (let child = 0; child < (schema[0]?.num_children ?? 0); child++) {
    names.push(schema[next].name);
    next = skip(next);
  }
  return names;
}

function cellOf(file: DataFile, row: number, name: string, value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return exact(file, row, name, value);
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString();
  const items = ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value;
  if (Array.isArray(items)) {
    return items.map((item: unknown) => {
      if (typeof item === 'number') return item;
      if (typeof item === 'bigint') return exact(file, row, name, item);
      throw nested(file, row, name);
    });
  }
  throw nested(file, row, name);
}

function exact(file: DataFile, row: number, name: string, value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  const message = `row ${row + 1}, column ${quoted(name)} has ${value}, beyond 2^53; write it as a double or as text`;
  throw faultAt(file, undefined, 'data-value', message);
}

function nested(file: DataFile, row: number, name: string): Error {
  const message = `row ${row + 1}, column ${quoted(name)} has nested values; text, numbers and lists of numbers were expected`;
  return faultAt(file, undefined, 'data-format', message);
}
