// Bundles each app's built files with the libraries they import: Node takes about a millisecond to load a module, and a
// coordinator starts a thread for every run.
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

/**
 * What stays where npm put it: the native ones; those that load themselves again, pino in a thread and gpu.js a renderer of its
 * choice; the one of many megabytes that only a coordinator on Kubernetes loads.
 */
const isExternal = (/** @type {string} */ id) => /^(koffi|webgpu|gpu\.js|pino|@kubernetes\/client-node)$/.test(id);

const folderOf = '((url) => globalThis.process.getBuiltinModule("node:url").fileURLToPath(new URL(".", url)))';
const place = /"place-of:([^"]+)"/g;

/**
 * Where a module says `import.meta.url` or `__dirname`, it goes on to mean its own place, so that it finds what lies beside it:
 * for a module of an app the same place in `bundle`, where its threads are.
 *
 * @type {import('rolldown').Plugin}
 */
const places = {
  name: 'places',
  transform(code, id) {
    if (id.startsWith('\0') || !/import\.meta\.url|__dirname/.test(code)) return undefined;
    const file = relative(root, id).replace(/^(apps\/[^/]+)\/dist\//, '$1/bundle/');
    const here = `"place-of:${file}"`;
    const named = code.includes('__dirname') ? `const __dirname = ${folderOf}(${here});\n` : '';
    return named + code.replaceAll('import.meta.url', here);
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
