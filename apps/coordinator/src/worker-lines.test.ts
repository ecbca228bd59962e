// Workers' lines in a run's log: what is a line, whose it is, and that there are never more than so many.

import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maxLogLineBytes, maxLogLines } from '@rondo/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { maxLogBytes, parseLines, WorkerLines } from './worker-lines.ts';

let folder: string;
let written: string[];
let leftOut: [worker: string, lines: number][];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rondo-lines-'));
  [written, leftOut] = [[], []];
});
afterEach(() => rmSync(folder, { recursive: true }));

const workerLines = () =>
  new WorkerLines({
    run: 'r',
    path: join(folder, 'log.jsonl'),
    write: (line) => written.push(line),
    leftOut: (worker, lines) => leftOut.push([worker, lines]),
  });

const line = { level: 'info', time: '2026-01-02T03:04:05.678Z', msg: 'compiled', phase: 'gradients' };

test('a line keeps its fields, but not what it says of where it comes from', () => {
  const lines = parseLines([JSON.stringify({ ...line, run: 'other', worker: 'another', component: 'coordinator' })]);
  if (typeof lines === 'string') throw new Error(lines);
  workerLines().note('w', lines, 0);
  expect(written.map((text) => JSON.parse(text))).toEqual([{ ...line, component: 'worker', run: 'r', worker: 'w' }]);
});

test.each([
  ['not JSON', 'compiled', /no JSON object/],
  ['null', 'null', /no JSON object/],
  ['a list', '[]', /no JSON object/],
  ['no level', JSON.stringify({ ...line, level: undefined }), /level is none of/],
  ['a level beneath info', JSON.stringify({ ...line, level: 'debug' }), /level is none of/],
  ['a number as level', JSON.stringify({ ...line, level: 30 }), /level is none of/],
  ['no time', JSON.stringify({ ...line, time: undefined }), /time is no ISO 8601/],
  ['a time that is none', JSON.stringify({ ...line, time: '2026' }), /time is no ISO 8601/],
  ['no message', JSON.stringify({ ...line, msg: 1 }), /no text msg/],
  ['too long', JSON.stringify({ ...line, msg: 'ä'.repeat(maxLogLineBytes / 2) }), /bytes; at most 8192 are taken/],
])('%s is no line', (_, text, fault) => {
  expect(parseLines([text])).toMatch(fault);
});

test('a message has so many lines at most; the deepest that fits is no danger', () => {
  const text = JSON.stringify(line);
  expect(parseLines(Array(maxLogLines).fill(text))).toHaveLength(maxLogLines);
  expect(parseLines(Array(maxLogLines + 1).fill(text))).toMatch(/101 lines came at once/);
  const depth = 4000;
  const deep = parseLines([text.replace('"gradients"', `${'['.repeat(depth)}${']'.repeat(depth)}`)]);
  if (typeof deep === 'string') throw new Error(deep);
  workerLines().note('w', deep, 0);
  expect(written).toHaveLength(1);
});

test('all workers together write at a rate; what is left out is said once, with what they left out themselves', () => {
  const lines = workerLines();
  for (let worker = 0; worker < 30; worker++) lines.note(`w${worker % 2}`, Array(100).fill(line), 1);
  expect(written.length).toBeGreaterThanOrEqual(2000);
  expect(written.length).toBeLessThan(2200);
  expect(leftOut).toEqual([]);
  lines.tell();
  lines.tell();
  expect(leftOut.map(([worker]) => worker)).toEqual(['w0', 'w1']);
  expect(leftOut[0][1] + leftOut[1][1]).toBe(3030 - written.length);
});

test("a log that is large gets no more of workers' lines", () => {
  writeFileSync(join(folder, 'log.jsonl'), '');
  truncateSync(join(folder, 'log.jsonl'), maxLogBytes - 250);
  const lines = workerLines();
  lines.note('w', [line, line, line], 0);
  lines.tell();
  expect(written).toHaveLength(1);
  expect(leftOut).toEqual([['w', 2]]);
});
