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

describe('cutAfter', () => {
  const cut = (content: string, step: number) => {
    writeFileSync(path, content);
    const log = open();
    const last = log.cutAfter(step);
    const left = readFileSync(path, 'utf8');
    log.append(line(step + 1));
    log.close();
    expect(readFileSync(path, 'utf8')).toBe(`${left}${line(step + 1)}\n`);
    return { last, left };
  };
  const whole = `${line(1)}\n${line(2)}\n${line(2, 'validation')}\n${line(3)}\n`;

  test('keeps every line up to the step, validation lines too', () => {
    expect(cut(whole, 2)).toEqual({
      last: line(2, 'validation'),
      left: `${line(1)}\n${line(2)}\n${line(2, 'validation')}\n`,
    });
    expect(cut(whole, 1)).toEqual({ last: line(1), left: `${line(1)}\n` });
    expect(cut(whole, 0)).toEqual({ last: undefined, left: '' });
    expect(cut(whole, 3)).toEqual({ last: line(3), left: whole });
    expect(cut(whole, 99).left).toBe(whole);
  });

  test('a last line torn anywhere goes', () => {
    const torn = line(4);
    for (let length = 1; length <= torn.length; length++) {
      expect(cut(whole + torn.slice(0, length), 9)).toEqual({ last: line(3), left: whole });
    }
  });

  test('zeros and half lines at the end, as a power cut leaves them, go too', () => {
    expect(cut(`${whole}{"step":4\n\0\0\0\0\n\n`, 9)).toEqual({ last: line(3), left: whole });
    expect(cut(whole + '\0'.repeat(300_000), 9)).toEqual({ last: line(3), left: whole });
  });

  test('finds its line however long the lines and the log are', () => {
    const long = line(1, 'x'.repeat(200_000));
    const many = Array.from({ length: 5000 }, (_, i) => line(i + 2, 'y'.repeat(50)));
    expect(cut(`${long}\n${many.join('\n')}\n`, 1)).toEqual({ last: long, left: `${long}\n` });
    expect(cut(`${line(0)}\n${long}\n${many.join('\n')}\n`, 0).left).toBe(`${line(0)}\n`);
  });

  test('an empty file and none are fine', () => {
    expect(cut('', 5)).toEqual({ last: undefined, left: '' });
    expect(cut('\n', 5)).toEqual({ last: undefined, left: '' });
    rmSync(path);
    expect(open().cutAfter(5)).toBeUndefined();
  });
});
