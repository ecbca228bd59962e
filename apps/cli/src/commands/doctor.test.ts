// `rondo doctor` as a person starts it.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { engineNames } from '@rondo/rnn-core';
import { openBlas } from '@rondo/simd';
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
  expect(working.map(({ engine }) => engine)).toEqual(
    expect.arrayContaining(['cpu', 'cpu-portable', 'webasm', 'js', 'reference']),
  );
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

const library = 'libopenblas.so.0';
const absence = whyNotForced();
if (absence !== undefined) console.warn(`the cost of forced kernels is not tested: ${absence}`);

test.skipIf(absence)('says what kernels cost that the environment forces', async () => {
  const env = { ...process.env, RONDO_BLAS: library, OPENBLAS_CORETYPE: 'Prescott' };
  const { notes } = JSON.parse(
    (await promisify(execFile)(process.execPath, [launcher, 'doctor', '--json'], { env })).stdout,
  );
  const line =
    (notes as string[]).find((note) => note.startsWith('OPENBLAS_CORETYPE=Prescott in the environment')) ?? '';
  const [, forced, forcedKernels, free, freeKernels] =
    /(\d+) GFLOP\/s \(OpenBLAS \S+ (\w+)\) so, (\d+) GFLOP\/s \(OpenBLAS \S+ (\w+)\) without\. Unset it\.$/.exec(
      line,
    ) ?? [];
  expect(forcedKernels).toBe('Prescott');
  expect(freeKernels).toMatch(/^(?!Prescott)/);
  expect(Number(forced)).toBeGreaterThan(0);
  expect(Number(free)).toBeGreaterThan(0);
});

function whyNotForced(): string | undefined {
  if (process.arch !== 'x64') return 'Prescott is a processor of another kind';
  const opened = openBlas(library);
  return 'blas' in opened || process.env.RONDO_REQUIRE_BLAS === '1' ? undefined : opened.refused.join('; ');
}
