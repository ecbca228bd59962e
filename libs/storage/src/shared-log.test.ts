// The log for people: whole lines, whatever the process before left.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { SharedLog } from './shared-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'rondo-shared-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('half a line of a process that was killed on a full disk is cut, and no line is glued to it', () => {
  const path = join(folder, 'log.jsonl');
  writeFileSync(path, '{"msg":"first"}\n{"msg":"sec');
  const log = new SharedLog(path, () => {});
  log.append('{"msg":"third"}');
  log.close();
  log.append('{"msg":"fourth"}');
  log.close();
  expect(readFileSync(path, 'utf8')).toBe('{"msg":"first"}\n{"msg":"third"}\n{"msg":"fourth"}\n');
});
