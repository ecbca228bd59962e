// `rondo doctor` as a person starts it.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { engineNames } from '@rondo/rnn-core';
import { expect, test } from 'vitest';
import type { EngineExamination } from '../engines/examine.ts';

const launcher = fileURLToPath(new URL('../../bin/rondo.mjs', import.meta.url));
const doctor = (...args: string[]) => promisify(execFile)(process.execPath, [launcher, 'doctor', ...args]);

test('examines every engine, and says why one does not work', async () => {
  const report = JSON.parse((await doctor('--json')).stdout);
  expect(report).toMatchObject({ node: process.versions.node, processor: expect.any(String) });
  const engines: EngineExamination[] = report.engines;
  expect(engines.map(({ engine }) => engine)).toEqual(engineNames);
  const working = engines.filter((examination) => examination.works);
  expect(working.map(({ engine }) => engine)).toEqual(expect.arrayContaining(['webasm', 'js', 'reference']));
  expect(Math.min(...working.map(({ tokensPerSecond }) => tokensPerSecond))).toBeGreaterThan(0);
  expect(working.every(({ device }) => device.description !== '' && device.library !== '')).toBe(true);
  // WebGPU alone may be missing.
  const refused = engines.filter((examination) => !examination.works);
  expect(report.notes).toEqual(expect.arrayContaining(refused.map(() => expect.stringMatching(/^webgpu .*install/i))));
});

test('shows a line for each engine', async () => {
  const { stdout } = await doctor();
  for (const engine of engineNames) expect(stdout).toMatch(new RegExp(`^${engine} +(yes|no) `, 'm'));
});
