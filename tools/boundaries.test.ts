// The canary of the boundary rules: the workspace passes, and each rule bites on a file that breaks it.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projects } from './workspace.mjs';

const root = join(import.meta.dirname, '..');
const copy = mkdtempSync(join(realpathSync(tmpdir()), 'rondo-boundaries-'));
afterAll(() => rmSync(copy, { recursive: true }));

/** Where a fault lies, what it says, the rule that must name it. */
const faults: [file: string, source: string, rule: string][] = [
  ['libs/rnn-core/src/reads-a-file.ts', "import 'node:fs';", 'core-alone'],
  ['libs/rnn-core/src/uses-a-package.ts', "import 'zod';", 'core-alone'],
  ['libs/rnn-core/src/looks-up.ts', "import '@rondo/spec';", 'floor-1'],
  ['libs/spec/src/looks-up.ts', "import '@rondo/training';", 'floor-2'],
  ['libs/spec/src/type-from-above.ts', "export type { Run } from '@rondo/training';", 'floor-2'],
  ['libs/training/src/looks-sideways.ts', "import '@rondo/engine-gpu';", 'floor-3'],
  ['libs/training/src/looks-up.test.ts', "import '@rondo/storage';", 'floor-3'],
  ['libs/protocol/src/looks-sideways.ts', "import '@rondo/storage';", 'floor-4'],
  ['libs/tasks/src/looks-up.ts', "import '@rondo/inference';", 'floor-5'],
  ['apps/worker/src/looks-sideways.ts', "import '@rondo/coordinator';", 'floor-6'],
  ['libs/inference/src/looks-sideways.ts', "import '@rondo/worker';", 'floor-6'],
  ['apps/coordinator/src/computes.ts', "import '@rondo/engine-gpu';", 'coordinator-computes-nothing'],
  ['apps/coordinator/src/computes-later.ts', "await import('@rondo/engine-gpu');", 'coordinator-computes-nothing'],
  ['libs/data/src/index.ts', "import '@rondo/engine-gpu';", 'declared'],
  ['apps/coordinator/src/computes-through.ts', "import '@rondo/data';", 'coordinator-computes-nothing'],
  ['libs/training/src/reads-a-file.ts', "import 'node:fs/promises';", 'training-pure'],
  ['libs/protocol/src/forgot.ts', "import '@rondo/logging';", 'declared'],
  ['libs/spec/src/forgot.ts', "import 'pino';", 'npm-declared'],
  ['libs/spec/src/nowhere.ts', "import '@rondo/nowhere';", 'resolvable'],
  ['libs/spec/src/deep.ts', "import '@rondo/rnn-core/src/random.ts';", 'resolvable'],
  ['libs/training/src/by-path.ts', "import '../../rnn-core/src/random.ts';", 'by-name'],
  ['libs/spec/src/circle.ts', "export * from './circle.ts';", 'acyclic'],
  ['libs/spec/src/built.ts', "import '../dist/index.js';", 'from-source'],
  ['libs/spec/src/tested.ts', "import './looks-up.test.ts';", 'no-tests'],
  ['libs/spec/src/helped.ts', "import './testing/helps.ts';", 'no-tests'],
];

beforeAll(() => {
  for (const file of ['rnn-core/src/random.ts', 'spec/dist/index.js', 'spec/src/testing/helps.ts'])
    write(`libs/${file}`, 'export {};');
  for (const { folder } of projects(root)) {
    write(`${folder}/src/index.ts`, 'export {};');
    cpSync(join(root, folder, 'package.json'), join(copy, folder, 'package.json'));
  }
  for (const file of ['tsconfig.json', 'tsconfig.base.json', 'package.json'])
    cpSync(join(root, file), join(copy, file));
  mkdirSync(join(copy, 'node_modules/@rondo'), { recursive: true });
  for (const { name, folder } of projects(root)) link(join(copy, folder), name);
  for (const name of ['zod', 'pino']) link(join(root, 'node_modules', name), name);
  for (const [file, source] of faults) write(file, source);
});

function write(file: string, source: string): void {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), `${source}\n`);
}

function link(target: string, name: string): void {
  symlinkSync(target, join(copy, 'node_modules', name), 'junction');
}

interface Summary {
  totalCruised: number;
  violations: { from: string; rule: { name: string } }[];
}

function cruise(folder: string): Summary {
  const command = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(root, '.dependency-cruiser.mjs');
  const options = ['apps', 'libs', '--config', config, '--output-type', 'json'];
  const { stdout, stderr } = spawnSync(process.execPath, [command, ...options], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as { summary: Summary }).summary;
}

test('the workspace keeps its boundaries', () => {
  const { violations, totalCruised } = cruise(root);
  expect(violations).toEqual([]);
  expect(totalCruised).toBeGreaterThan(projects(root).length);
});

test('every rule bites', async () => {
  const found = cruise(copy).violations.map(({ from, rule }) => `${from}: ${rule.name}`);
  for (const [file, , rule] of faults) expect(found).toContain(`${file}: ${rule}`);

  const config = await import('../.dependency-cruiser.mjs');
  const covered = new Set(faults.map(([, , rule]) => rule));
  // Nothing lies above the highest floor, and the command is alone on it.
  expect(config.default.forbidden.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual(['floor-7']);
});
