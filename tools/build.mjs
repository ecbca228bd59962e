// Builds the workspace through nx and says so in one line; what nx and the compiler print is shown only when they fail.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const nx = findNx();
if (nx === undefined) {
  console.log(
    'rondo: not built, because the development packages were left out (npm install --include=dev && npm run build)',
  );
} else {
  const started = performance.now();
  const options = ['run', 'rondo-workspace:build', '--outputStyle=static', ...process.argv.slice(2)];
  const env = { ...process.env, NX_DAEMON: 'false' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [nx, ...options], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}`);
    process.exitCode = status ?? 1;
  } else {
    console.log(`rondo: built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
}

/** @returns {string | undefined} the path of nx's command, or nothing where npm installed without development packages */
function findNx() {
  try {
    const manifest = createRequire(import.meta.url).resolve('nx/package.json');
    return join(dirname(manifest), 'dist/bin/nx.js');
  } catch {
    return undefined;
  }
}
