// A folder of its own for each test, with files as the test writes them, found as a spec's files are found.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { type DataFile, findFiles } from '../files.ts';

const field = 'spec.data.train';

/** Call once a test file, outside of its tests. */
export function useFolder() {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rondo-data-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });
  return {
    path: () => folder,
    async file(name: string, content: string | Uint8Array): Promise<DataFile> {
      await mkdir(join(folder, dirname(name)), { recursive: true });
      await writeFile(join(folder, name), content);
      const [file] = await findFiles(name, folder, { field });
      return file;
    },
  };
}

/** What a fault of a file that `spec.data.train` names looks like. */
export function dataFault(code: string, message: string) {
  return expect.objectContaining({ code, path: field, message: expect.stringContaining(message) });
}
