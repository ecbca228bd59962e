// Packs the library and the projects that it stands on as tarballs for `npm install`: node tools/pack.mjs FOLDER

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projects } from './workspace.mjs';

const root = join(import.meta.dirname, '..');
const library = 'libs/inference';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node tools/pack.mjs FOLDER');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const packed = [...below(library)];
const workspaces = packed.flatMap((name) => ['--workspace', name]);
const options = ['pack', '--pack-destination', resolve(folder), '--loglevel', 'error', ...workspaces];
const { status, stderr } = spawnSync('npm', options, { cwd: root, encoding: 'utf8' });
if (status === 0) console.log(`${folder}: ${packed.length} packages; npm install ${join(folder, '*.tgz')}`);
else process.stderr.write(stderr);
process.exitCode = status ?? 1;

/**
 * @param {string} top
 * @returns {Set<string>} the folders of a project and of all that it depends on
 */
function below(top) {
  const all = new Map(projects(root).map((project) => [project.folder, project]));
  const found = new Set([top]);
  for (const name of found) for (const other of all.get(name)?.internal ?? []) found.add(other);
  return found;
}
