// Bytes and lines of data files: gzip, limits, encodings, ends of lines.

import { rm } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { dataFault, useFolder } from '../testing/folder.ts';
import { readBytes, readLines } from './content.ts';

const folder = useFolder();

test.each([
  ['LF', 'a\nb\n'],
  ['CR LF, no end at the end', 'a\r\nb'],
  ['a byte order mark', '\uFEFFa\nb\n'],
])('lines with %s', async (_, text) => {
  expect(await readLines(await folder.file('a.txt', text))).toEqual(['a', 'b']);
  expect(await readLines(await folder.file('a.txt.gz', gzipSync(text)))).toEqual(['a', 'b']);
});

test('only LF and CR LF end a line, and empty lines are lines', async () => {
  expect(await readLines(await folder.file('a.txt', 'a\u2028b\u0085c\rd\n\n\n'))).toEqual([
    'a\u2028b\u0085c\rd',
    '',
    '',
  ]);
});

test('text that is not UTF-8 is a fault with line and byte', async () => {
  const bytes = Buffer.concat([Buffer.from('é\nb\n'), Buffer.of(0x61, 0xff), Buffer.from('\n')]);
  await expect(readLines(await folder.file('a.txt', bytes))).rejects.toThrow(
    dataFault('data-not-utf8', 'a.txt:3: not UTF-8 at byte 6 of the file; convert it to UTF-8'),
  );
});

test('what is too large is not read, packed or unpacked', async () => {
  await expect(readBytes(await folder.file('a.bin', Buffer.alloc(101)), 100)).rejects.toThrow(
    dataFault('data-too-large', 'a.bin: it has 101 bytes, more than the 100 bytes that fit; split it'),
  );
  const bomb = await folder.file('a.gz', gzipSync(Buffer.alloc(1_000_000)));
  await expect(readBytes(bomb, 100_000)).rejects.toThrow(
    dataFault('data-too-large', 'a.gz: it unpacks to more, more than the 100000 bytes that fit'),
  );
  expect(await readBytes(bomb, 1_000_000)).toHaveLength(1_000_000);
});

test('damaged gzip, empty files and files that are gone are faults', async () => {
  const packed = gzipSync('some text '.repeat(100));
  await expect(readBytes(await folder.file('a.gz', packed.subarray(0, 30)))).rejects.toThrow(
    dataFault('data-format', 'a.gz: gzip cannot unpack it: unexpected end of file; bring the whole file again'),
  );
  await expect(readBytes(await folder.file('b.txt', ''))).rejects.toThrow(
    dataFault('data-empty', 'b.txt: it is empty'),
  );
  await expect(readBytes(await folder.file('c.gz', gzipSync('')))).rejects.toThrow(dataFault('data-empty', 'c.gz'));
  const gone = await folder.file('d.txt', 'd');
  await rm(gone.path);
  await expect(readBytes(gone)).rejects.toThrow(dataFault('data-unreadable', 'd.txt cannot be read: ENOENT'));
});
