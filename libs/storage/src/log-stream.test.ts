// A log read line by line: all of it, once, and nothing that came later.

import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { streamLog } from './log-stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'rondo-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function linesOf(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

test('every whole line that was there at the call', async () => {
  const path = join(folder, 'log.jsonl');
  const lines = Array.from({ length: 20_000 }, (_, i) => `{"step":${i},"text":"${'é'.repeat(i % 13)}"}`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  const reading = streamLog(path);
  appendFileSync(path, 'later\n');
  expect(await linesOf(reading)).toEqual(lines);
  appendFileSync(path, 'torn');
  expect(await linesOf(streamLog(path))).toEqual([...lines, 'later']);
});

test('no file has no lines', async () => {
  expect(await linesOf(streamLog(join(folder, 'none.jsonl')))).toEqual([]);
});
