// Tests: all packages in one run, importing each other from source.

import { configDefaults, defineConfig } from 'vitest/config';

const all = ['{apps,libs,tools,e2e,chaos,deploy}/**/*.test.ts'];
const never = [...configDefaults.exclude, '**/dist/**'];
/** They change their process, or look at how it was. */
const alone = ['libs/protocol/src/collection.test.ts'];

export default defineConfig({
  resolve: { conditions: ['@rondo/source'] },
  ssr: { resolve: { conditions: ['@rondo/source', 'node', 'import', 'default'] } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most files wait for processes of their own: with one at a time a core would idle.
    maxWorkers: 2,
    // Of one file's tests that may: they start processes, which share the cores.
    maxConcurrency: 2,
    projects: [
      // Files share a process: each would spend half a second on loading what all of them import.
      {
        extends: true,
        test: {
          name: 'shared',
          isolate: false,
          include: all,
          exclude: [...never, ...alone],
          // Of all projects: with one each, the folders would lie in one another.
          globalSetup: 'tools/temporary-folder.mjs',
        },
      },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
  },
});
