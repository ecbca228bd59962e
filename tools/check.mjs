// Runs every check of the sources, two at a time: a line each, and the whole output of those that fail.

import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** What each check is for, and its command; all of them run alone too, as in `npx knip`. */
const checks = {
  types: 'oxlint --type-aware --type-check --deny-warnings',
  'dead code': 'knip --treat-config-hints-as-errors',
  boundaries: 'depcruise apps libs tools',
  format: 'biome check --error-on-warnings .',
  files: 'node tools/check-files.mjs',
  projects: 'node tools/check-projects.mjs',
};

const root = join(import.meta.dirname, '..');
const PATH = `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`;

/**
 * @param {string} name
 * @param {string} command
 * @returns {Promise<boolean>} whether it passed
 */
function run(name, command) {
  const started = performance.now();
  const child = spawn(command, { cwd: root, shell: true, env: { ...process.env, PATH } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.on('close', (status) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(12)} ${seconds.padStart(5)} s   ${command}`);
      if (status !== 0) console.log(output.trimEnd());
      resolve(status === 0);
    });
  });
}

const waiting = Object.entries(checks);
let failed = 0;
async function runNext() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (!(await run(...next))) failed++;
  }
}
await Promise.all([runNext(), runNext()]);
if (failed > 0) console.log(`${failed} of ${Object.keys(checks).length} checks failed`);
process.exitCode = failed > 0 ? 1 : 0;
