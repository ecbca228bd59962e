// Text files on a real disk: globs, order, joining, encodings, and the data root.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readText } from './read-text.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rondo-data-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

const read = (
  patterns: string[],
  options: { unit?: 'character' | 'byte' | 'word'; root?: string; from?: string } = {},
) => readText(patterns, join(folder, options.from ?? ''), { unit: options.unit ?? 'character', root: options.root });

const fault = (code: string, path: string, message: string) =>
  expect.objectContaining({ code, path, message: expect.stringContaining(message) });

test('joins the files of all patterns in the order of code points, each once', async () => {
  await write({ 'b.txt': 'B', 'a/z.txt': 'Z', 'B.txt': 'b', '\u{1F600}.txt': '4', '\uFFFD.txt': '3', 'c.md': '-' });
  const { text, files } = await read(['b.txt', '**/*.txt', './b.txt']);
  expect(files).toEqual(['B.txt', 'a/z.txt', 'b.txt', '\uFFFD.txt', '\u{1F600}.txt']);
  expect(text).toBe('bZB34');
});

test('reads above and by absolute path without a root', async () => {
  await write({ 'specs/job.yaml': '', 'text/a.txt': 'a', 'text/b.txt': 'b' });
  expect((await read(['../text/*.txt'], { from: 'specs' })).files).toEqual(['../text/a.txt', '../text/b.txt']);
  expect((await read([join(folder, 'text/*.txt')], { from: 'specs' })).text).toBe('ab');
});

test("takes a file's own name before its meaning as a glob", async () => {
  await write({ 'a[1].txt': 'bracket', 'a1.txt': 'one' });
  expect((await read(['a[1].txt'])).text).toBe('bracket');
});

test('keeps characters whole and bytes as they are', async () => {
  const bytes = Uint8Array.of(0xff, 0xfe, 0);
  await write({ 'a.txt': '\uFEFFé😀', 'b.bin': bytes });
  expect((await read(['a.txt'])).text).toBe('\uFEFFé😀');
  expect(new Uint8Array((await read(['b.bin'], { unit: 'byte' })).text as Uint8Array)).toEqual(bytes);
});

test.each([
  ['an invalid byte', [0x61, 0xc3, 0x28, 0x62], 'byte 2'],
  ['an end that is cut off', [0x61, 0xf0, 0x9f], 'byte 3'],
])('%s is a fault that names file and offset', async (_, bytes, offset) => {
  await write({ 'a.txt': 'fine', 'b.txt': Uint8Array.from(bytes) });
  await expect(read(['a.txt', '*.txt'])).rejects.toThrow(
    fault('text-not-utf8', 'spec.data.text[1]', `b.txt is not UTF-8 at ${offset}`),
  );
});

test.each(['missing.txt', '*.nothing', '', '!a.txt', 'a\0b', 'folder'])(
  '%j matches nothing and is named',
  async (pattern) => {
    await write({ 'a.txt': 'a', 'folder/b.txt': 'b' });
    await expect(read(['a.txt', pattern])).rejects.toThrow(
      fault('text-missing', 'spec.data.text[1]', `${pattern} matches no file in ${folder}`),
    );
  },
);

test('an empty text is a fault', async () => {
  await write({ 'a.txt': '', 'b.txt': '' });
  await expect(read(['*.txt'])).rejects.toThrow(
    fault('text-empty', 'spec.data.text', 'the text is empty (a.txt, b.txt)'),
  );
});

describe('below a data root', () => {
  test.each([
    '../secret.txt',
    '/etc/passwd',
    'a/../../secret.txt',
    '{..,a}/secret.txt',
    '@(..)/secret.txt',
    '+(.)/secret.txt',
  ])('%s is refused', async (pattern) => {
    await write({ 'root/a/x.txt': 'x', 'secret.txt': 's' });
    await expect(read([pattern], { from: 'root', root: join(folder, 'root') })).rejects.toMatchObject({
      code: expect.stringMatching(/^text-(outside-root|pattern)$/),
      path: 'spec.data.text[0]',
    });
  });

  test.each([
    ['(a|aa)+b*', 'has parentheses; use {a,b}, or name the files'],
    [`${'*a'.repeat(4)}b`, 'has more than 3 stars in a name; use fewer, or name the files'],
    ['{a,aa}'.repeat(9), 'has more than 8 wildcards; name the files'],
  ])('%s is not tried: it could take years', async (pattern, message) => {
    await write({ [`${'a'.repeat(200)}.txt`]: 'x', '(a)+*.txt': 'y' });
    await expect(read([pattern], { root: folder })).rejects.toThrow(
      fault('text-pattern', 'spec.data.text[0]', message),
    );
    expect((await read(['(a)+*.txt'], { root: folder })).text).toBe('y');
    expect((await read(['**/{a,b}*a*?.txt'], { root: folder })).text).toBe('x');
  });

  test('symbolic links may stay inside, and are refused when they lead out', async () => {
    await write({ 'root/a.txt': 'a', 'secret/s.txt': 's', 'root2/r.txt': 'r' });
    const root = join(folder, 'root');
    await symlink('a.txt', join(root, 'inside.txt'));
    expect((await read(['inside.txt'], { from: 'root', root })).text).toBe('a');
    await symlink('../secret/s.txt', join(root, 'file.txt'));
    await symlink('../secret', join(root, 'folder'));
    await symlink('../root2', join(root, 'sibling'));
    for (const pattern of ['file.txt', '*.txt', 'folder/*', 'folder/s.txt', 'sibling/r.txt']) {
      await expect(read([pattern], { from: 'root', root })).rejects.toThrow(
        fault('text-outside-root', 'spec.data.text[0]', `${pattern} leads out of the data root`),
      );
    }
  });

  test('the root itself may be a symbolic link', async () => {
    await write({ 'real/a.txt': 'a' });
    await symlink('real', join(folder, 'root'));
    expect((await read(['*.txt'], { from: 'root', root: join(folder, 'root') })).text).toBe('a');
  });
});
