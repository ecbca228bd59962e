// The workspace's projects, read from the package.json files: what the checks and the boundary rules are derived from.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Project
 * @property {string} folder relative to the workspace, as in libs/spec
 * @property {string} name the package's name
 * @property {number} floor from the nx tag `floor:N`; a project imports only from lower floors
 * @property {Record<string, string>} dependencies name to version, development ones included
 * @property {string[]} internal folders of the projects that it declares as dependencies
 */

/**
 * @param {string} root the workspace's folder
 * @returns {Project[]} sorted by floor
 * @throws Error when a project has no floor
 */
export function projects(root) {
  const manifests = ['libs', 'apps']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) }));
  const folderOf = new Map(manifests.map(({ folder, manifest }) => [manifest.name, folder]));
  return manifests
    .map(({ folder, manifest }) => {
      const dependencies = { ...manifest.dependencies, ...manifest.devDependencies };
      const internal = Object.keys(dependencies).flatMap((name) => folderOf.get(name) ?? []);
      return { folder, name: manifest.name, floor: floorOf(folder, manifest), dependencies, internal };
    })
    .sort((a, b) => a.floor - b.floor);
}

/**
 * @param {string} folder
 * @param {{ nx?: { tags?: string[] } }} manifest
 */
function floorOf(folder, manifest) {
  const floor = Number(manifest.nx?.tags?.find((tag) => tag.startsWith('floor:'))?.slice('floor:'.length));
  if (!Number.isInteger(floor)) throw new Error(`${folder}/package.json: "nx.tags" needs a floor, as in "floor:3"`);
  return floor;
}
