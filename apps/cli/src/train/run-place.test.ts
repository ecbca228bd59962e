// Which folder --resume without --out goes on with.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newestRunFolder } from './run-place.ts';

test('the highest number counts, of this very name', async () => {
  const root = mkdtempSync(join(tmpdir(), 'rondo-runs-'));
  expect(await newestRunFolder(root, 'char-lm')).toBeUndefined();
  for (const name of ['char-lm-2', 'char-lm-10', 'char-lm-9', 'char-lm-big-11', 'char-lm-012', 'char-lm-x']) {
    mkdirSync(join(root, name));
  }
  expect(await newestRunFolder(root, 'char-lm')).toBe(join(root, 'char-lm-10'));
  expect(await newestRunFolder(join(root, 'nowhere'), 'char-lm')).toBeUndefined();
  rmSync(root, { recursive: true });
});
