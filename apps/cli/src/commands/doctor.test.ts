// `rondo doctor` as a person starts it.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { engineNames } from '@rondo/rnn-core';
import { expect, test } from 'vitest';
import type { EngineExamination } from '../examine.ts';

const launcher = fileURLToPath(new URL('../../bin/rondo.mjs', import.meta.url));
const doctor = (...args: string[]) => promisify(execFile)(process.execPath, [launcher, 'doctor', ...args]);

test('examines every engine, and says why one does not work', async () => {
  const report = JSON.parse((await doctor('--json')).stdout);
  expect(report).toMatchObject({ node: process.versions.node, processor: expect.any(String) });
  const engines: EngineExamination[] = report.engines;
  expect(engines.map(({ engine }) => engine)).toEqual(engineNames);
  for (const examination of engines) {
    if (examination.works) {
      expect(examination.tokensPerSecond).toBeGreaterThan(0);
      expect(examination.device.library).toMatch(/./);
    } else {
      expect(examination.engine).toBe('webgpu');
      expect(report.notes).toContainEqual(expect.stringMatching(/^webgpu: .*install/i));
    }
  }
});

test('shows a line for each engine', async () => {
  const { stdout } = await doctor();
  for (const engine of engineNames) expect(stdout).toMatch(new RegExp(`^${engine} +(yes|no) `, 'm'));
});
