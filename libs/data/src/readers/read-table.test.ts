// Tables of CSV, TSV, JSON Lines and Parquet: what comes out, and the line of what is wrong.

import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { CompressionCodec } from 'hyparquet';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { dataFault, useFolder } from '../testing/folder.ts';
import { readTable } from './read-table.ts';

const folder = useFolder();
const read = async (name: string, content: string | Uint8Array) => readTable(await folder.file(name, content));
const float = (...values: number[]) => Float64Array.from(values);

describe('CSV', () => {
  test('columns by name, as text and as numbers', async () => {
    const table = await read('a.csv', '"Month","Passengers",x\r\n"1949-01",112,.5\r\n"1949-02",118,-1e3');
    expect(table.columns).toEqual(['Month', 'Passengers', 'x']);
    expect(table.rows).toBe(2);
    expect(table.texts('Month')).toEqual(['1949-01', '1949-02']);
    expect(table.numbers('Passengers', 'refuse')).toEqual(float(112, 118));
    expect(table.numbers('x', 'refuse')).toEqual(float(0.5, -1000));
    expect(table.where(1)).toBe('a.csv:3');
  });

  test('quotes hold commas, quotes and line ends; lines are counted through them', async () => {
    const table = await read('a.csv', 'text,n\n"a, ""b""\nc",1\n\n"",2\n5" disk,"3"\n');
    expect(table.texts('text')).toEqual(['a, "b"\nc', '', '5" disk']);
    expect(table.numbers('n', 'refuse')).toEqual(float(1, 2, 3));
    expect([0, 1, 2].map(table.where)).toEqual(['a.csv:2', 'a.csv:5', 'a.csv:6']);
  });

  test('missing values are kept as NaN, or refused with their line', async () => {
    const table = await read('a.csv', 'x,y\n1,\n NA ,2\nnan,NaN\n');
    expect(table.numbers('x', 'keep')).toEqual(float(1, Number.NaN, Number.NaN));
    expect(table.numbers('y', 'keep')).toEqual(float(Number.NaN, 2, Number.NaN));
    expect(() => table.numbers('x', 'refuse')).toThrow(
      dataFault('data-value', 'a.csv:3: column "x" has no value; fill it in, or leave the row out'),
    );
  });

  test.each(['1,5', 'abc', '0x10', '1e999', 'Infinity', '1 2', '--1', '.'])('%j is no number', async (value) => {
    const table = await read('a.csv', `x,y\n1,"${value}"\n`);
    expect(() => table.numbers('y', 'keep')).toThrow(
      dataFault(
        'data-value',
        `a.csv:2: column "y" has ${JSON.stringify(value)}; a number such as 12 or -0.5 was expected`,
      ),
    );
  });

  test.each([
    ['a row with too few fields', 'a,b\n1,2\n\n3\n', 'data-format', 'a.csv:4: 1 fields, but the header has 2 ("a, b")'],
    ['a row with too many', 'a,b\n1,2,3\n', 'data-format', 'a.csv:2: 3 fields, but the header has 2'],
    ['a name twice', 'a,b,a\n', 'data-format', 'a.csv:1: two columns are named "a"'],
    ['a quote that stays open', 'a\n1\n"2\n3\n', 'data-format', 'a.csv:3: a quote opens here and is never closed'],
    ['text after a quote', 'a,b\n"x"y,1\n', 'data-format', 'a.csv:2: "y,1" after a closing quote; write a comma there'],
    ['no row', 'a,b\n', 'data-empty', 'a.csv: a header, but no row below it'],
    ['no header', '\n', 'data-empty', 'a.csv:1: no header'],
  ])('%s is a fault', async (_, content, code, message) => {
    await expect(read('a.csv', content)).rejects.toThrow(dataFault(code, message));
  });

  test('a blank line is a missing value where there is one column, but at the end; nothing where there are more', async () => {
    const one = await read('a.csv', '\nx\n1\n\n3\n\n\n');
    expect(one.numbers('x', 'keep')).toEqual(float(1, Number.NaN, 3));
    expect(() => one.numbers('x', 'refuse')).toThrow(dataFault('data-value', 'a.csv:4: column "x" has no value'));
    const two = await read('b.csv', 'x,y\n1,2\n\n3,4\n');
    expect(two.numbers('y', 'refuse')).toEqual(float(2, 4));
  });

  test('lines that end with CR alone are named', async () => {
    await expect(read('a.csv', 'x,y\r1,2\r')).rejects.toThrow(
      dataFault('data-empty', 'a header, but no row below it: its lines end with CR alone, save it with LF or CRLF'),
    );
  });

  test('a column that is not there is named beside those that are', async () => {
    const table = await read('a.csv', 'a,b\n1,2\n');
    for (const ask of [() => table.texts('c'), () => table.numbers('c', 'keep'), () => table.lists('c')]) {
      expect(ask).toThrow(dataFault('data-column', 'a.csv: no column "c"; its columns are "a", "b"'));
    }
    expect(() => table.lists('a')).toThrow(dataFault('data-value', 'a.csv:2: column "a" has "1"; a list of numbers'));
  });
});

test('TSV knows no quotes', async () => {
  const table = await read('a.tsv.gz', gzipSync('en\tde\n"Hi", he said\t"Hallo"\n'));
  expect(table.texts('en')).toEqual(['"Hi", he said']);
  expect(table.texts('de')).toEqual(['"Hallo"']);
  await expect(read('b.tsv', 'en\tde\na\tb\tc\n')).rejects.toThrow(dataFault('data-format', 'b.tsv:2: 3 fields'));
});

describe('JSON Lines', () => {
  test('fields are columns; what a line lacks is missing', async () => {
    const table = await read(
      'a.jsonl',
      '{"text":"a","n":1,"x":[1,2.5]}\n\n{"n":2,"ok":true,"x":[]}\n{"text":null,"n":"3"}\n',
    );
    expect(table.columns).toEqual(['text', 'n', 'x', 'ok']);
    expect(table.numbers('n', 'refuse')).toEqual(float(1, 2, 3));
    expect(table.texts('n')).toEqual(['1', '2', '3']);
    expect(table.where(1)).toBe('a.jsonl:3');
    expect(() => table.texts('text')).toThrow(
      dataFault('data-value', 'a.jsonl:3: column "text" has no value; text was'),
    );
    expect(() => table.lists('x')).toThrow(dataFault('data-value', 'a.jsonl:4: column "x" has no value; a list'));
    expect(() => table.numbers('x', 'keep')).toThrow(
      dataFault('data-value', 'a.jsonl:1: column "x" has a list; a number'),
    );
    expect(() => table.texts('x')).toThrow(dataFault('data-value', 'a.jsonl:1: column "x" has a list; text'));
    expect(() => table.texts('ok')).toThrow('a.jsonl:1');
  });

  test('lists of numbers', async () => {
    const table = await read('a.ndjson', '{"x":[1,2.5],"__proto__":"p"}\n{"x":[],"__proto__":"q"}\n');
    expect(table.lists('x')).toEqual([float(1, 2.5), float()]);
    expect(table.texts('__proto__')).toEqual(['p', 'q']);
  });

  test.each([
    ['{"a":1}\n{"a":\n', 'a.jsonl:2: not JSON: '],
    ['[1]\n', 'a.jsonl:1: "[1]" is not an object'],
    ['{"a":{"b":1}}\n', 'a.jsonl:1: field "a" is an object; text, a number or a list of numbers was expected'],
    ['{"a":1}\n{"a":[1,"b"]}\n', 'a.jsonl:2: field "a" is a list of other things than numbers'],
  ])('%j is a fault', async (content, message) => {
    await expect(read('a.jsonl', content)).rejects.toThrow(dataFault('data-format', message));
  });

  test('no object is a fault', async () => {
    await expect(read('a.jsonl', '\n')).rejects.toThrow(dataFault('data-empty', 'a.jsonl: no object in it'));
  });
});

test.each([
  ['a.txt', 'its ending is .txt; a table ends in .csv, .tsv, .jsonl or .parquet'],
  ['table', 'its ending is missing'],
])('%s is no table', async (name, message) => {
  await expect(read(name, 'x')).rejects.toThrow(dataFault('data-format', message));
});

describe('Parquet', () => {
  const write = (columnData: ColumnSource[], codec: CompressionCodec = 'SNAPPY') =>
    Buffer.from(
      parquetWriteBuffer({
        columnData,
        codec,
        compressors: { GZIP: gzipSync, BROTLI: brotliCompressSync, ZSTD: gzipSync },
      }),
    );

  test.each(['SNAPPY', 'UNCOMPRESSED', 'GZIP', 'BROTLI'] as const)(
    'columns of text, numbers and lists (%s)',
    async (codec) => {
      const bytes = write(
        [
          { name: 'text', data: ['a', 'é', null], type: 'STRING' },
          { name: 'count', data: [1n, 2n, null], type: 'INT64' },
          { name: 'x', data: [0.5, Number.NaN, -1], type: 'DOUBLE' },
          { name: 'ok', data: [true, false, true], type: 'BOOLEAN' },
        ],
        codec,
      );
      const table = await read('a.parquet', bytes);
      expect(table.rows).toBe(3);
      expect(table.columns).toEqual(['text', 'count', 'x', 'ok']);
      expect(table.numbers('count', 'keep')).toEqual(float(1, 2, Number.NaN));
      expect(table.numbers('x', 'keep')).toEqual(float(0.5, Number.NaN, -1));
      expect(table.texts('ok')).toEqual(['true', 'false', 'true']);
      expect(table.where(1)).toBe('a.parquet, row 2');
      expect(() => table.texts('text')).toThrow(
        dataFault('data-value', 'a.parquet: row 3, column "text" has no value'),
      );
      expect(() => table.numbers('x', 'refuse')).toThrow(
        dataFault('data-value', 'a.parquet: row 2, column "x" has no value; fill it in'),
      );
    },
  );

  test('integers beyond 2^53 and nested values are faults of their columns', async () => {
    const bytes = write([
      { name: 'big', data: [1n, 2n ** 60n], type: 'INT64' },
      { name: 'object', data: [{ a: 1 }, { a: 2 }], type: 'JSON' },
      { name: 'fine', data: [1.5, 2.5], type: 'DOUBLE' },
    ]);
    const table = await read('a.parquet', bytes);
    expect(table.numbers('fine', 'refuse')).toEqual(float(1.5, 2.5));
    expect(() => table.numbers('big', 'refuse')).toThrow(
      dataFault('data-value', 'a.parquet: row 2, column "big" has 1152921504606846976, beyond 2^53'),
    );
    expect(() => table.texts('object')).toThrow(dataFault('data-format', 'row 1, column "object" has nested values'));
  });

  test('what is none, is cut off or is empty is a fault', async () => {
    const bytes = write([{ name: 'x', data: [1, 2, 3], type: 'DOUBLE' }]);
    for (const broken of [Buffer.from('a,b\n1,2\n'), bytes.subarray(0, 60), bytes.subarray(20)]) {
      await expect(read('a.parquet', broken)).rejects.toThrow(
        dataFault('data-format', 'a.parquet: not Parquet that can be'),
      );
    }
    await expect(read('a.parquet', write([{ name: 'x', data: [1, 2], type: 'DOUBLE' }], 'ZSTD'))).rejects.toThrow(
      dataFault('data-format', 'ZSTD'),
    );
    const none = write([{ name: 'x', data: [], type: 'DOUBLE' }]);
    await expect(read('a.parquet', none)).rejects.toThrow(dataFault('data-empty', 'a.parquet: it has no row'));
  });
});
