// The committed types are those that the .proto files give now.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const lib = fileURLToPath(new URL('..', import.meta.url));
const fresh = mkdtempSync(join(tmpdir(), 'rondo-generated-'));
afterEach(() => rmSync(fresh, { recursive: true }));

function filesUnder(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]));
}

test('the generated types are up to date (npm run generate -w @rondo/protocol)', () => {
  const { scripts } = JSON.parse(readFileSync(join(lib, 'package.json'), 'utf8'));
  const args = scripts.generate.split(' ').slice(1) as string[];
  const main = createRequire(import.meta.url).resolve('@grpc/proto-loader');
  const generator = join(main, '../../bin/proto-loader-gen-types.js');
  execFileSync(process.execPath, [generator, ...args.map((arg) => (arg === 'src/generated' ? fresh : arg))], {
    cwd: lib,
  });
  expect(filesUnder(fresh)).toEqual(filesUnder(join(lib, 'src/generated')));
});
