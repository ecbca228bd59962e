// Checks that the places which list projects and versions agree: package.json, tsconfig references, the build.

import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { projects } from './workspace.mjs';

const all = projects('.');
const faults = all.flatMap((project) => [
  ...differences(`${project.folder}/tsconfig.json`, references(project.folder), project.internal),
  ...Object.entries(project.dependencies)
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${project.folder}/package.json: ${name} ${version}: pin one exact version`),
]);
faults.push(
  ...differences(
    'tsconfig.build.json',
    references('.', 'tsconfig.build.json'),
    all.map(({ folder }) => folder),
  ),
);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

/**
 * @param {string} folder
 * @returns {string[]} the folders that a tsconfig refers to
 */
function references(folder, file = 'tsconfig.json') {
  /** @type {{ references?: { path: string }[] }} */
  const config = JSON.parse(readFileSync(posix.join(folder, file), 'utf8'));
  return (config.references ?? []).map(({ path }) => posix.join(folder, path));
}

/**
 * @param {string} file
 * @param {string[]} found
 * @param {string[]} expected
 * @returns {string[]} one line a missing or needless reference
 */
function differences(file, found, expected) {
  return [
    ...expected.filter((folder) => !found.includes(folder)).map((folder) => `${file}: needs a reference to ${folder}`),
    ...found.filter((folder) => !expected.includes(folder)).map((folder) => `${file}: ${folder} is no dependency`),
  ];
}
