// Logs: appending, reading, the cut on resume; failing-disk.test.ts has the disks that refuse.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LogFile, readLog } from './log-files.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rondo-log-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const line = (step: number, note = 'ä') => JSON.stringify({ step, note });

const open = () => new LogFile(path, (fault) => expect.unreachable(fault));

test('appends go behind what is there, and a torn last line is neither read nor gone on with', async () => {
  const first = open();
  first.append(line(1));
  first.close();
  writeFileSync(path, line(3).slice(0, 9), { flag: 'a' });
  expect(readLog(path)).toEqual([line(1)]);
  const second = open();
  second.append(line(2));
  await second.sync();
  second.close();
  expect(readFileSync(path, 'utf8')).toBe(`${line(1)}\n${line(2)}\n`);
  expect(readLog(join(folder, 'nothing'))).toEqual([]);
});

describe('keep', () => {
  const cut = (content: string, count: number) => {
    writeFileSync(path, content);
    const log = open();
    log.keep(count);
    const left = readFileSync(path, 'utf8');
    expect(log.lines()).toEqual(left.split('\n').slice(0, -1));
    log.append(line(9));
    log.close();
    expect(readFileSync(path, 'utf8')).toBe(`${left}${line(9)}\n`);
    return left;
  };
  const lines = [line(1), line(2), line(2, 'validation'), line(3)];
  const text = (some: readonly string[]) => some.map((one) => `${one}\n`).join('');

  test('so many lines', () => {
    for (let count = 0; count <= lines.length; count++)
      expect(cut(text(lines), count)).toBe(text(lines.slice(0, count)));
    expect(cut(text(lines), 99)).toBe(text(lines));
  });

  test('a last line torn anywhere goes, though there are too few', () => {
    const torn = line(4);
    for (let length = 1; length <= torn.length; length++) {
      expect(cut(text(lines) + torn.slice(0, length), 9)).toBe(text(lines));
    }
  });

  test('a long one too, and zeros as a power cut leaves them', () => {
    for (const length of [65_535, 65_536, 65_537, 300_000]) {
      expect(cut(text(lines) + '\0'.repeat(length), 9)).toBe(text(lines));
      expect(cut(text(['x'.repeat(length), line(2)]), 1)).toBe(text(['x'.repeat(length)]));
    }
    expect(cut('\0'.repeat(100_000), 9)).toBe('');
  });

  test('an empty file and none are fine', () => {
    expect(cut('', 5)).toBe('');
    expect(cut('\n', 0)).toBe('');
    rmSync(path);
    const log = open();
    log.keep(5);
    expect(log.lines()).toEqual([]);
    log.close();
  });
});
