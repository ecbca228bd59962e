// Logs: appending, reading, and the cut on resume.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLog, readLog, truncateAfter } from './log-files.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rondo-log-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const line = (step: number, note = 'ä') => JSON.stringify({ step, note });

test('appends go behind what is there, and a torn last line is not read', () => {
  const first = openLog(path);
  first.append(line(1));
  first.close();
  const second = openLog(path);
  second.append(line(2));
  second.sync();
  second.close();
  expect(readFileSync(path, 'utf8')).toBe(`${line(1)}\n${line(2)}\n`);
  writeFileSync(path, line(3).slice(0, 9), { flag: 'a' });
  expect(readLog(path)).toEqual([line(1), line(2)]);
  expect(readLog(join(folder, 'nothing'))).toEqual([]);
});

describe('truncateAfter', () => {
  const cut = (content: string, step: number) => {
    writeFileSync(path, content);
    const last = truncateAfter(path, step);
    return { last, left: readFileSync(path, 'utf8') };
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
  });

  test('an empty file and none are fine', () => {
    expect(cut('', 5)).toEqual({ last: undefined, left: '' });
    expect(cut('\n', 5)).toEqual({ last: undefined, left: '' });
    expect(truncateAfter(join(folder, 'nothing'), 5)).toBeUndefined();
  });
});
