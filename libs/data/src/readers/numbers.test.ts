// IDX and .npy files: shapes, types and what is refused; folders of arrays.

import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { dataFault, useFolder } from '../testing/folder.ts';
import { readIdx } from './idx.ts';
import { readNpy, readNpyFolder } from './npy.ts';

const folder = useFolder();

describe('IDX', () => {
  const read = async (name: string, ...bytes: number[]) => readIdx(await folder.file(name, Uint8Array.from(bytes)));

  test('images and labels, packed or not', async () => {
    const bytes = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255);
    const images = { shape: [2, 1, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 255) };
    expect(await readIdx(await folder.file('images', bytes))).toEqual(images);
    expect(await readIdx(await folder.file('images.gz', gzipSync(bytes)))).toEqual(images);
    expect(await read('labels', 0, 0, 8, 1, 0, 0, 0, 2, 7, 9)).toEqual({ shape: [2], data: Uint8Array.of(7, 9) });
  });

  test.each([
    [9, [0xff], Int8Array.of(-1)],
    [11, [0xff, 0xfe], Int16Array.of(-2)],
    [12, [0, 1, 0, 0], Int32Array.of(65536)],
    [13, [0x3f, 0xc0, 0, 0], Float32Array.of(1.5)],
    [14, [0xbf, 0xf8, 0, 0, 0, 0, 0, 0], Float64Array.of(-1.5)],
  ])('type %d', async (type, bytes, data) => {
    expect(await read('x', 0, 0, type, 1, 0, 0, 0, 1, ...bytes)).toEqual({ shape: [1], data });
  });

  test('a number that is not finite is a fault with its place', async () => {
    await expect(read('x', 0, 0, 13, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0x7f, 0x80, 0, 0)).rejects.toThrow(
      dataFault('data-value', 'x: the number at [1] is Infinity; a finite one was expected'),
    );
  });

  test.each([
    ['another type', [0, 0, 10, 1, 0, 0, 0, 0], 'x: magic number 2561; an IDX file was expected, with 2051 for images'],
    ['other content', [0x50, 0x4b, 3, 4, 0, 0, 0, 0], 'magic number 1347093252; an IDX file'],
    ['no axis', [0, 0, 8, 0, 0, 0, 0, 0], 'magic number 2048'],
    ['three bytes', [0, 0, 8], '3 bytes; an IDX file'],
    ['a header that is cut off', [0, 0, 8, 3, 0, 0, 0, 1], 'magic number 2051'],
    [
      'too few numbers',
      [0, 0, 8, 1, 0, 0, 0, 3, 1, 2],
      'x: its header says 3 of 1 bytes, 3 together, but 2 bytes follow',
    ],
    [
      'too many',
      [0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2],
      'its header says 1 x 1 of 1 bytes, 1 together, but 2 bytes',
    ],
  ])('%s is a fault', async (_, bytes, message) => {
    await expect(read('x', ...bytes)).rejects.toThrow(dataFault('data-format', message));
  });
});

/** As numpy.save writes it. */
function npy(descr: string, shape: string, data: ArrayBufferView, { fortran = 'False', version = 1 } = {}): Uint8Array {
  const size = version === 1 ? 2 : 4;
  const text = `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
  const header = `${text.padEnd(128 - 8 - size - 1)}\n`;
  const length = Buffer.alloc(size);
  length.writeUIntLE(header.length, 0, size);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.of(version, 0), length, Buffer.from(header), bytes]);
}

describe('.npy', () => {
  const read = async (bytes: Uint8Array) => readNpy(await folder.file('a.npy', bytes));

  test.each([
    ["'<f4'", '(2, 3)', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6.5)],
    ["'<f8'", '(2,)', [2], Float64Array.of(1, Math.PI)],
    ["'<i4'", '()', [], Int32Array.of(-7)],
    ["'|u1'", '(1, 1, 2)', [1, 1, 2], Uint8Array.of(0, 255)],
    ["'<f4'", '(0, 3)', [0, 3], new Float32Array()],
  ])('%s %s', async (descr, text, shape, data) => {
    expect(await read(npy(descr, text, data))).toEqual({ shape, data });
    expect(await read(gzipSync(npy(descr, text, data, { version: 2 })))).toEqual({ shape, data });
  });

  test('int64 comes as doubles, exactly or not at all', async () => {
    const edge = BigInt(Number.MAX_SAFE_INTEGER);
    expect((await read(npy("'<i8'", '(2,)', BigInt64Array.of(-edge, 3n)))).data).toEqual(
      Float64Array.of(-Number(edge), 3),
    );
    await expect(read(npy("'<i8'", '(2,)', BigInt64Array.of(1n, edge + 1n)))).rejects.toThrow(
      dataFault('data-value', 'a.npy: 9007199254740992 is beyond 2^53'),
    );
  });

  test('column-major order matters from two axes on', async () => {
    const data = Float32Array.of(1, 2, 3, 4);
    expect((await read(npy("'<f4'", '(4,)', data, { fortran: 'True' }))).data).toEqual(data);
    await expect(read(npy("'<f4'", '(2, 2)', data, { fortran: 'True' }))).rejects.toThrow(
      dataFault('data-format', 'a.npy: column-major (Fortran order); save numpy.ascontiguousarray(array)'),
    );
  });

  test.each([
    [
      'big-endian',
      npy("'>f4'", '(1,)', Uint8Array.of(0, 0, 0, 0)),
      'type ">f4"; |u1, <i4, <i8, <f4 or <f8 was expected',
    ],
    ['objects', npy("'|O'", '(1,)', Uint8Array.of(0)), 'type "|O"'],
    ['records', npy("[('x', '<f4')]", '(1,)', Uint8Array.of(0)), 'records; |u1'],
    [
      'too few bytes',
      npy("'<f8'", '(3,)', Uint8Array.of(0)),
      'its header says 3 of 8 bytes, 24 together, but 1 bytes follow',
    ],
    ['a shape that is none', npy("'<f4'", '(x,)', Uint8Array.of(0)), 'save it again with numpy.save'],
    ['another file', Buffer.from('PK\x03\x04 a zip file'), 'not a .npy file'],
    ['version 9', npy("'<f4'", '()', Float32Array.of(1), { version: 9 }), 'not a .npy file'],
    ['half a header', npy("'<f4'", '()', Float32Array.of(1)).subarray(0, 40), 'cut off in its header'],
  ])('%s is a fault', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(dataFault('data-format', message));
  });
});

describe('a folder of .npy', () => {
  const readFolder = (name: string) =>
    readNpyFolder(name, folder.path(), { field: 'spec.data.train', root: folder.path() });

  test('labels are the names of its folders, files in the order of code points', async () => {
    const one = npy("'|u1'", '(1,)', Uint8Array.of(1));
    for (const name of ['b/2.npy', 'b/10.npy', 'a b/x.npy', 'B/y.npy']) await folder.file(`set[1]/${name}`, one);
    await folder.file('set[1]/b/z.npy.gz', gzipSync(one));
    await folder.file('set[1]/b/notes.txt', '');
    const arrays = await readFolder('set[1]');
    expect(arrays.map(({ label, file }) => `${label} ${file}`)).toEqual([
      'B set[1]/B/y.npy',
      'a b set[1]/a b/x.npy',
      'b set[1]/b/10.npy',
      'b set[1]/b/2.npy',
      'b set[1]/b/z.npy.gz',
    ]);
    expect(arrays[0].array).toEqual({ shape: [1], data: Uint8Array.of(1) });
  });

  test('a number that is not finite is a fault with its place', async () => {
    await folder.file('set/a/x.npy', npy("'<f4'", '(2, 3)', Float32Array.of(0, 1, 2, 3, Number.NaN, 5)));
    await expect(readFolder('set')).rejects.toThrow(
      dataFault('data-value', 'set/a/x.npy: the number at [1, 1] is NaN; a finite one was expected'),
    );
  });

  test('without arrays in folders it is a fault', async () => {
    await folder.file('set/a.npy', npy("'|u1'", '(1,)', Uint8Array.of(1)));
    await expect(readFolder('set')).rejects.toThrow(dataFault('data-missing', 'set/*/*.npy{,.gz} matches no file'));
  });
});
