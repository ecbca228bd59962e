// `--set a.b=value`: puts a value below `spec:` before the spec is checked.

import { type PlacedFault, readTree, type Tree } from './tree.ts';

/** No field lies deeper. */
const maxKeys = 8;

/** Applies the overrides in order to a spec's tree, in place; later ones win. Returns the faults of their own form. */
export function applyOverridesInto(root: Tree, overrides: readonly string[]): PlacedFault[] {
  return overrides.flatMap((override) => applyInto(root, override));
}

function applyInto(root: Tree, override: string): PlacedFault[] {
  const [, path = '', text = ''] = /^([^=\s]+)=(.*)$/s.exec(override) ?? [];
  const keys = path.split('.');
  const place = { override };
  const refuse = (message: string): PlacedFault[] => [{ path: [], place, message }];
  if (keys.includes('') || keys.length > maxKeys) return refuse('expected a.b=value, such as training.steps=100');
  if (keys[0] === 'spec') {
    return refuse(`paths start below spec; write ${keys.slice(1).join('.') || 'training.steps'}=`);
  }
  const { tree, faults } = readTree(text, override);
  if (tree === undefined || faults.length > 0) return faults.map((fault) => ({ ...fault, path: [] }));

  let parent = root;
  for (const key of ['spec', ...keys.slice(0, -1)]) {
    if (parent.kind !== 'mapping') break;
    const inner = parent.entries.get(key)?.tree ?? { kind: 'mapping', place, entries: new Map() };
    if (!parent.entries.has(key)) parent.entries.set(key, { place, tree: inner });
    parent = inner;
  }
  const last = keys[keys.length - 1];
  if (parent.kind !== 'mapping') return refuse(`nothing can be set there: what holds ${last} is no mapping`);
  parent.entries.set(last, { place, tree });
  if (path === 'training.steps') removeFromFile(parent.entries, 'epochs');
  if (path === 'training.epochs') removeFromFile(parent.entries, 'steps');
  return [];
}

/** Steps replace the file's epochs and the other way round; of two overrides neither gives way. */
function removeFromFile(entries: Extract<Tree, { kind: 'mapping' }>['entries'], key: string): void {
  const entry = entries.get(key);
  if (entry !== undefined && !('override' in entry.place)) entries.delete(key);
}
