// A child's lines: all of them in the file, the bad ones passed on, the last ones kept for an unexpected end.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ChildLog, type LogLine } from './child-log.ts';

const childLog = (warn: (line: LogLine) => void = () => {}, keepsRunLog = false) => new ChildLog({ warn, keepsRunLog });
const logLine = (level: string, msg: string, more = {}) => JSON.stringify({ level, msg, ...more });

test('lines from before the file is there are in it too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-log-'));
  const log = childLog();
  log.write('one');
  log.open(join(folder, 'worker-1.log'));
  log.write('two');
  log.close();
  expect(readFileSync(join(folder, 'worker-1.log'), 'utf8')).toBe('one\ntwo\n');
  rmSync(folder, { recursive: true });
});

test("a child that keeps the run's log has nothing of it in the file twice", () => {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-log-'));
  const shown: LogLine[] = [];
  const log = childLog((line) => shown.push(line), true);
  const [own, ofRun] = [logLine('info', 'listening'), logLine('warn', 'result refused', { run: 'tiny-1' })];
  log.write(own);
  log.open(join(folder, 'log.jsonl'));
  log.write(ofRun);
  log.write('a stack');
  log.close();
  expect(readFileSync(join(folder, 'log.jsonl'), 'utf8')).toBe(`${own}\na stack\n`);
  expect(shown).toEqual([{ level: 'warn', text: 'result refused' }]);
  rmSync(folder, { recursive: true });
});

test('warnings and worse are passed on with their reason', () => {
  const shown: LogLine[] = [];
  const log = childLog((line) => shown.push(line));
  log.write(logLine('info', 'committed'));
  log.write(logLine('warn', 'no coordinator', { reason: 'connection refused' }));
  log.write(logLine('error', 'checkpoint failed', { err: { message: 'disk full' } }));
  log.write('{"level":');
  expect(shown).toEqual([
    { level: 'warn', text: 'no coordinator: connection refused' },
    { level: 'error', text: 'checkpoint failed: disk full' },
  ]);
});

test("the last words are the command's own, and none where the log explained", () => {
  const log = childLog();
  for (let i = 1; i <= 100; i++) log.write(`noise ${i}`);
  log.write('rondo: Error: a bug');
  log.write('    at somewhere');
  expect(log.lastWords()).toEqual(['rondo: Error: a bug', '    at somewhere']);
  log.write(logLine('fatal', 'no engine works here'));
  expect(log.lastWords()).toEqual([]);
});

test('what libraries say is not taken for the cause: the file has it, and before there is one it is all there is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-log-'));
  const log = childLog();
  log.write('error: XDG_RUNTIME_DIR is invalid or not set in the environment.');
  expect(log.lastWords()).toEqual(['error: XDG_RUNTIME_DIR is invalid or not set in the environment.']);
  log.open(join(folder, 'worker-1.log'));
  expect(log.lastWords()).toEqual([`what it said is in ${join(folder, 'worker-1.log')}`]);
  log.close();
  rmSync(folder, { recursive: true });
});
