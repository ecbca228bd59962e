// The format, byte by byte; and everything that can be wrong with a file.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  decodeSafetensors,
  encodeSafetensors,
  expectTensors,
  readSafetensors,
  type StoredTensors,
} from './safetensors.ts';

const join = (tensors: StoredTensors) => new Uint8Array(Buffer.concat(encodeSafetensors(tensors)));

const tensors: StoredTensors = {
  'rnn.weight_ih_l0': { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, -0, 1e-45, Number.NaN) },
  ids: { shape: [3], data: Int32Array.of(7, -1, 2 ** 31 - 1) },
  empty: { shape: [0, 4], data: new Float32Array(0) },
  scalar: { shape: [], data: Float32Array.of(0.1) },
};

/** A file with the given header and so many bytes behind it. */
function file(header: unknown, size: number): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = Buffer.alloc(8 + text.length + size);
  bytes.writeBigUInt64LE(BigInt(text.length));
  text.copy(bytes, 8);
  return new Uint8Array(bytes);
}

describe('round trip', () => {
  test('gives back every tensor, sorted by name', () => {
    const decoded = decodeSafetensors('x', join(tensors));
    expect(decoded).toEqual(tensors);
    expect(Object.keys(decoded)).toEqual(['empty', 'ids', 'rnn.weight_ih_l0', 'scalar']);
    expect(decodeSafetensors('x', join({}))).toEqual({});
  });

  test('the bytes do not depend on the order of the record', () => {
    expect(join(Object.fromEntries(Object.entries(tensors).reverse()))).toEqual(join(tensors));
  });

  test('the file is what the format says', () => {
    const header = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8, ' ');
    const expected = Buffer.concat([
      Buffer.from([padded.length, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from(padded),
      Buffer.from([0, 0, 0x80, 0x3f]),
    ]);
    expect(Buffer.from(join({ a: { shape: [1], data: Float32Array.of(1) } }))).toEqual(expected);
  });

  test('says about itself what it is told to, and is read all the same', () => {
    const pieces = encodeSafetensors({ a: { shape: [1], data: Float32Array.of(1) } }, { run: 'fables-1', step: '200' });
    const bytes = new Uint8Array(Buffer.concat(pieces));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, bytes.length - 4)));
    expect(header).toEqual({
      __metadata__: { run: 'fables-1', step: '200' },
      a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    });
    expect(Object.keys(decodeSafetensors('x', bytes))).toEqual(['a']);
  });

  test('writing and reading share the memory of the tensors and of the file', () => {
    const data = Float32Array.of(1, 2);
    const [, piece] = encodeSafetensors({ a: { shape: [2], data } });
    expect(piece.buffer).toBe(data.buffer);
    const bytes = join({ a: { shape: [2], data } });
    expect(decodeSafetensors('x', bytes).a.data.buffer).toBe(bytes.buffer);
  });

  test.each([1, 2, 3])('reads at an offset of %i bytes, with a copy', (offset) => {
    const bytes = join(tensors);
    const moved = new Uint8Array(bytes.length + offset).subarray(offset);
    moved.set(bytes);
    expect(decodeSafetensors('x', moved)).toEqual(tensors);
  });

  test('reads only the tensors asked for', () => {
    expect(Object.keys(decodeSafetensors('x', join(tensors), ['ids']))).toEqual(['ids']);
    expect(() => decodeSafetensors('x.st', join(tensors), ['ids', 'nobody'])).toThrow('x.st: has no tensor nobody');
  });

  test('reads a file on disk, and names it in faults', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'rondo-safetensors-'));
    try {
      const name = path.join(folder, 'w.safetensors');
      writeFileSync(name, join(tensors));
      expect(await readSafetensors(name)).toEqual(tensors);
      writeFileSync(name, join(tensors).slice(0, -1));
      await expect(readSafetensors(name)).rejects.toThrow(`${name}: tensor scalar ends at byte 40 of 39`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('others’ files may have metadata and gaps in the header', () => {
    const header = { __metadata__: { format: 'pt' }, a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } };
    expect(decodeSafetensors('x', file(header, 4))).toEqual({ a: { shape: [1], data: Float32Array.of(0) } });
  });

  // Both as PyTorch rounds and writes 1, -2.5, 1/3, 65504, 6e-8, -1e-5, 0 and infinity.
  test.each([
    [
      'F16',
      Uint16Array.of(0x3c00, 0xc100, 0x3555, 0x7bff, 0x0001, 0x80a8, 0x0000, 0x7c00),
      [1, -2.5, 0.333251953125, 65504, 2 ** -24, -1.0013580322265625e-5, 0, Number.POSITIVE_INFINITY],
    ],
    [
      'BF16',
      Uint16Array.of(0x3f80, 0xc020, 0x3eab, 0x4780, 0x3381, 0xb728, 0x0000, 0x7f80),
      [1, -2.5, 0.333984375, 65536, 6.007030606269836e-8, -1.0013580322265625e-5, 0, Number.POSITIVE_INFINITY],
    ],
    ['F64', Float64Array.of(1 / 3, -2.5, 1e-50), [0.3333333432674408, -2.5, 0]],
  ])('%s becomes float32', (dtype, data, expected) => {
    const header = { a: { dtype, shape: [data.length], data_offsets: [0, data.byteLength] } };
    const bytes = file(header, data.byteLength);
    bytes.set(new Uint8Array(data.buffer), bytes.length - data.byteLength);
    expect(decodeSafetensors('x', bytes)).toEqual({ a: { shape: [data.length], data: Float32Array.from(expected) } });
  });

  test('a shape that does not fit its data is a bug', () => {
    expect(() => encodeSafetensors({ a: { shape: [3], data: new Float32Array(2) } })).toThrow('a [3] has 2 elements');
  });
});

describe('faults', () => {
  test('a file cut anywhere is refused', () => {
    const whole = join(tensors);
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeSafetensors('x', whole.slice(0, length)), `${length} bytes`).toThrow(/^x: /);
    }
    expect(() => decodeSafetensors('x', Buffer.concat([whole, Buffer.alloc(1)]))).toThrow('1 bytes behind its last');
  });

  const a = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  test.each([
    ['another kind of file', 'PK\u0003\u0004 zip', 0, 'header that is no JSON'],
    ['a header that is a list', [], 0, 'header that is no JSON object'],
    ['another type', { a: { ...a, dtype: 'I64' } }, 8, 'tensor a has dtype "I64"; F32, I32, F64, F16, BF16 are read'],
    ['no entry', { a: null }, 8, 'tensor a has dtype undefined'],
    ['a negative size', { a: { ...a, shape: [-2] } }, 8, 'tensor a has shape [-2]'],
    ['a fractional size', { a: { ...a, shape: [0.5] } }, 8, 'tensor a has shape [0.5]'],
    ['no shape', { a: { ...a, shape: undefined } }, 8, 'tensor a has shape undefined'],
    ['one offset', { a: { ...a, data_offsets: [0] } }, 8, 'tensor a has data_offsets [0]'],
    ['offsets backwards', { a: { ...a, data_offsets: [8, 0] } }, 8, 'tensor a has data_offsets [8,0]'],
    ['a size that is not the shape’s', { a: { ...a, shape: [3] } }, 8, 'tensor a F32[3] has 8 bytes'],
    ['offsets past the end', { a }, 4, 'tensor a ends at byte 8 of 4: the file is cut off'],
    ['an overlap', { a, b: { ...a, data_offsets: [4, 12] } }, 12, 'tensor b begins at byte 4, expected 8'],
    ['a hole', { a, b: { ...a, data_offsets: [12, 20] } }, 20, 'tensor b begins at byte 12, expected 8'],
  ])('%s', (_what, header, size, message) => {
    expect(() => decodeSafetensors('dir/x.safetensors', file(header, size))).toThrow(
      expect.objectContaining({ code: 'bad-tensors', message: expect.stringContaining(message) }),
    );
    expect(() => decodeSafetensors('dir/x.safetensors', file(header, size))).toThrow('dir/x.safetensors: ');
  });

  test('a header size beyond the format’s limit allocates nothing', () => {
    expect(() => decodeSafetensors('x', new Uint8Array(64).fill(255))).toThrow('is it a safetensors file?');
  });
});

test('expectTensors lists everything that does not fit', () => {
  const expected = [
    { name: 'a', shape: [2] },
    { name: 'b', shape: [2, 2] },
    { name: 'c', shape: [1] },
    { name: 'd', shape: [1] },
  ];
  const stored = {
    a: { shape: [2], data: new Float32Array(2) },
    b: { shape: [4], data: new Float32Array(4) },
    c: { shape: [1], data: new Int32Array(1) },
    e: { shape: [1], data: new Float32Array(1) },
  };
  expect(() => expectTensors('x', stored, expected)).toThrow(
    [
      'x: does not fit:',
      'b: is float32[4], expected float32[2, 2]',
      'c: is int32[1], expected float32[1]',
      'd: missing, expected float32[1]',
      'e: not a tensor of this model',
    ].join('\n  '),
  );
  expectTensors('x', { a: stored.a }, expected.slice(0, 1));
});
