// What comes over the wire stays inside its folder and is what was sent, or is refused.

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { FetchResponse } from '@rondo/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileReceiver, isSafePath } from './fetched-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rondo-fetch-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file in chunks of at most `pieceBytes`. */
function chunksOf(path: string, content: string, pieceBytes = 4): FetchResponse[] {
  const bytes = Buffer.from(content);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const offsets = [...Array(Math.max(1, Math.ceil(bytes.length / pieceBytes))).keys()].map((i) => i * pieceBytes);
  return offsets.map((offset) => {
    const data = bytes.subarray(offset, offset + pieceBytes);
    const last = offset + data.length === bytes.length;
    return { path, size: bytes.length, offset, data, checksum: crc32(data), sha256: last ? sha256 : '' };
  });
}

async function receiveAll(chunks: readonly FetchResponse[]) {
  const receiver = new FileReceiver(folder);
  try {
    for (const chunk of chunks) await receiver.receive(chunk);
    return receiver.finish();
  } finally {
    await receiver.close();
  }
}

test('paths that leave the folder, hide, or mean something else on another system are refused', () => {
  const bad = ['', '/etc/passwd', '../x', 'a/../../x', 'a/..', './a', 'a//b', 'a/', '.hidden', 'a/.b', 'a\\b', 'c:x'];
  const worse = ['a\0b', 'a\nb', '~/x', 'a ', 'a.', '-'.repeat(600)];
  expect([...bad, ...worse].filter(isSafePath)).toEqual([]);
  const good = ['spec.yaml', 'checkpoints/step-00000200/weights.safetensors', 'notes of mine.txt'];
  expect(good.filter(isSafePath)).toEqual(good);
});

test('files arrive whole, empty ones too', async () => {
  const chunks = [...chunksOf('spec.yaml', 'apiVersion: 1'), ...chunksOf('a/b/empty', ''), ...chunksOf('z', 'zz')];
  expect(await receiveAll(chunks)).toEqual([
    { path: 'spec.yaml', bytes: 13 },
    { path: 'a/b/empty', bytes: 0 },
    { path: 'z', bytes: 2 },
  ]);
  expect(readFileSync(join(folder, 'spec.yaml'), 'utf8')).toBe('apiVersion: 1');
  expect(readFileSync(join(folder, 'a/b/empty'), 'utf8')).toBe('');
});

test('nothing is written outside the folder', async () => {
  await expect(receiveAll(chunksOf('../escaped', 'x'))).rejects.toThrow('is no path inside a run');
  expect(existsSync(join(folder, '../escaped'))).toBe(false);
});

const [first, second, third] = chunksOf('spec.yaml', 'apiVersion');
const flipped = Buffer.from(second.data.map((byte, i) => (i === 0 ? byte ^ 1 : byte)));

test.each([
  ['a flipped bit', [first, { ...second, data: flipped }], 'is damaged between byte 4 and 8'],
  [
    'a checksum that hides a flipped bit',
    [first, { ...second, data: flipped, checksum: crc32(flipped) }, third],
    'SHA-256',
  ],
  ['a missing chunk', [first, third], 'byte 8 came instead of byte 4'],
  ['another file between', [first, ...chunksOf('other', 'x')], 'broke off at byte 4 of 10'],
  ['an early end', [first, second], 'broke off at byte 8 of 10'],
  ['a file that comes twice', [first, second, third, first], 'came twice'],
  ['a file that grows', [first, { ...second, size: 11 }], 'changed its size'],
  ['no hash at the end', [first, second, { ...third, sha256: '' }], 'none'],
  ['more than the size', [{ ...first, size: 2 }], 'has more than its 2 bytes'],
  ['nothing', [], 'sent no file'],
])('%s is a fault', async (_name, chunks, message) => {
  await expect(receiveAll(chunks)).rejects.toThrow(message);
});
