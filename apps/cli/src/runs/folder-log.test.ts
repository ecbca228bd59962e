// The log of a folder: one sequence in time, and no line of a worker twice.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FolderLog } from './folder-log.ts';

const line = (second: number, component: string) =>
  JSON.stringify({ time: `2026-01-02T03:04:0${second}.000Z`, component });

test("workers' lines come once, whether they have files of their own or not", () => {
  const folder = mkdtempSync(join(tmpdir(), 'rondo-folder-log-'));
  const own = [line(1, 'coordinator'), line(2, 'worker'), line(4, 'coordinator')];
  writeFileSync(join(folder, 'log.jsonl'), own.map((text) => `${text}\n`).join(''));
  expect(new FolderLog(folder).readNew()).toEqual(own);
  const worker = [line(2, 'worker'), line(3, 'worker')];
  writeFileSync(join(folder, 'worker-1.log'), worker.map((text) => `${text}\n`).join(''));
  expect(new FolderLog(folder).readNew()).toEqual([own[0], ...worker, own[2]]);
  rmSync(folder, { recursive: true });
});
