// The peers that are installed here, and the line that installs each.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startContender } from './contender.mjs';

const folder = join(import.meta.dirname, '../peers');

const installPyTorch = 'apt-get install python3-torch';
// Both at once, since npm takes away what a line does not name. An optional native package of theirs compiles for minutes or
// fails; nothing here needs it.
const installPackages =
  'npm install --prefix bench/peers --no-save --ignore-scripts --omit=optional @tensorflow/tfjs@4.22.0 brain.js@1.6.1';

/** The first Python that has PyTorch; a system's own is not always first in PATH. */
const python = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0,
);

/**
 * @typedef {object} Peer
 * @property {string} name
 * @property {string} install
 * @property {boolean} here
 * @property {(options: object, name?: string) => Promise<import('./statistics.mjs').Contender>} start
 */

/** @param {string} name @param {string} install @param {boolean} here @param {readonly string[]} command @returns {Peer} */
const peer = (name, install, here, command) => ({
  name,
  install,
  here,
  start: (options, as = name) => startContender(as, command, options),
});

const packaged = (/** @type {string} */ name, /** @type {string} */ file) =>
  peer(file, installPackages, existsSync(join(folder, 'node_modules', name)), [
    process.execPath,
    join(folder, `${file}.mjs`),
  ]);

export const peers = {
  pytorch: peer('pytorch', installPyTorch, python !== undefined, [`${python}`, join(folder, 'pytorch.py')]),
  tensorflow: packaged('@tensorflow/tfjs', 'tensorflow'),
  brain: packaged('brain.js', 'brain'),
};
