// Tests: all packages in one run, importing each other from source.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@rondo/source'] },
  ssr: { resolve: { conditions: ['@rondo/source', 'node', 'import', 'default'] } },
  test: {
    include: ['{apps,libs,tools,e2e,chaos,deploy}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most files wait for processes of their own: with one at a time a core would idle.
    maxWorkers: 2,
    // Of one file's tests that may: they start processes, which share the cores.
    maxConcurrency: 2,
  },
});
