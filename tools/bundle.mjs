// Bundles each app's built files, with our libraries and those of others that consist of hundreds of small files: Node takes
// about a millisecond to load a module, and a coordinator starts a thread for every run.
//
//   apps/APP/dist/NAME.js -> apps/APP/bundle/NAME.js, for the files that a process or a thread starts with

import { rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');

/** What starts, by app: its command, its threads and its child processes. */
const started = {
  cli: ['main'],
  coordinator: ['main', 'run-thread/thread'],
  worker: ['main', 'compute/thread', 'product-speed'],
};

/** Of others' packages, what goes into a bundle: pure computing, in many files. Every other one stays where npm put it. */
const bundled = /^(@rondo|zod|yaml)(\/|$)/;

/** @param {string} id */
const isExternal = (id) => !/^[./\0]/.test(id) && !bundled.test(id);

const place = /"place-of:([^"]+)"/g;

/**
 * Where a module says `import.meta.url`, it goes on to mean its own place, so that it finds what lies beside it: for a module
 * of an app the same place in `bundle`, where its threads are.
 *
 * @type {import('rolldown').Plugin}
 */
const places = {
  name: 'places',
  transform(code, id) {
    if (id.startsWith('\0') || !code.includes('import.meta.url')) return undefined;
    const file = relative(root, id).replace(/^(apps\/[^/]+)\/dist\//, '$1/bundle/');
    return code.replaceAll('import.meta.url', `"place-of:${file}"`);
  },
  renderChunk(code, { fileName }, { dir }) {
    const from = dirname(join(String(dir), fileName));
    return code.replace(place, (_, file) => `new URL("${relative(from, join(root, file))}", import.meta.url).href`);
  },
};

for (const [app, names] of Object.entries(started)) {
  const dir = join(root, 'apps', app, 'bundle');
  rmSync(dir, { recursive: true, force: true });
  const build = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, join(root, 'apps', app, 'dist', `${name}.js`)])),
    external: isExternal,
    platform: 'node',
    plugins: [places],
  });
  await build.write({ dir, entryFileNames: '[name].js', chunkFileNames: 'shared/[name]-[hash].js' });
}
