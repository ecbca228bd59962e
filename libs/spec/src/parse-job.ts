// The text of a spec to a checked job, or to every fault it has.

import { explain, withMeantNames } from './explain.ts';
import { type Fault, formatPath, parsePath } from './fault.ts';
import { formatJob } from './format-job.ts';
import type { TrainingJob } from './job.ts';
import { applyOverridesInto } from './overrides.ts';
import { findBrokenRelations } from './relations.ts';
import { schema } from './schema.ts';
import { findTree, keyPlace, type PlacedFault, readTree, type Tree, toPlain } from './tree.ts';

/**
 * Of a spec's text, in UTF-8: the worst of texts takes some 0.3 s to parse. Callers look at a file's size
 * before they read it.
 */
export const maxSpecBytes = 64 * 1024;

/** Overrides of one spec, and UTF-16 code units of each. */
const maxOverrides = 100;
const maxOverrideLength = 1000;

const maxFaults = 100;

export interface ParseOptions {
  /** How faults call the file. */
  readonly file: string;
  /** `a.b=value`, applied to `spec:` in order. */
  readonly overrides?: readonly string[];
  readonly maxBytes?: number;
}

export type ParseResult =
  | {
      readonly job: TrainingJob;
      /** A fault that turned up later, such as a missing file, at the line of its path (`spec.data.text[0]`). */
      readonly faultAt: (path: string, message: string) => Fault;
    }
  | { readonly faults: readonly Fault[] };

/** Never throws on any text. After faults of syntax nothing else is looked for; all other faults come at once. */
export function parseJob(text: string, { file, overrides = [], maxBytes = maxSpecBytes }: ParseOptions): ParseResult {
  const fail = (faults: readonly PlacedFault[]) => ({ faults: inOrder(faults, file) });
  const tooLarge = excess(text, overrides, maxBytes);
  if (tooLarge !== undefined) return fail([{ path: [], place: { line: 1, column: 1 }, message: tooLarge }]);
  const { tree, faults } = readTree(text);
  if (tree === undefined) return fail(faults);
  if (tree.kind !== 'mapping') {
    const message = 'not a mapping; expected apiVersion, kind, metadata and spec';
    return fail([...faults, { path: [], place: tree.place, message }]);
  }
  faults.push(...applyOverridesInto(tree, overrides));

  const document = toPlain(tree);
  const result = schema.safeParse(document);
  const issues = result.error?.issues ?? [];
  const explanations = explain(issues, document);
  const meantDocument = withMeantNames(issues, document);
  if (meantDocument !== document) {
    explanations.push(...explain(schema.safeParse(meantDocument).error?.issues ?? [], meantDocument));
  }
  for (const { path, ofKey, message, meantKey } of explanations) {
    const place = ofKey ? keyPlace(tree, path) : findTree(tree, path).place;
    const meant = 'override' in place ? [...path.slice(1, -1), meantKey].join('.') : meantKey;
    faults.push({ path, place, message: meantKey === undefined ? message : `${message}, did you mean ${meant}?` });
  }
  for (const { path, message } of findBrokenRelations(meantDocument)) {
    faults.push({ path, place: findTree(tree, path).place, message });
  }
  if (faults.length > 0 || !result.success) return fail(faults);
  // What a run keeps of its spec must be read again.
  const written = excess(formatJob(result.data), [], maxBytes);
  if (written !== undefined) return fail([{ path: [], place: tree.place, message: `written out ${written}` }]);
  return { job: result.data, faultAt: faultAt(tree, file) };
}

/** What of a spec is beyond its limit. */
function excess(text: string, overrides: readonly string[], maxBytes: number): string | undefined {
  if (Buffer.byteLength(text) > maxBytes) {
    return `larger than ${maxBytes} bytes; a spec names its data, it does not hold it`;
  }
  if (overrides.length > maxOverrides) {
    return `${overrides.length} overrides, at most ${maxOverrides} are taken; write them into the spec`;
  }
  const long = overrides.findIndex((override) => override.length > maxOverrideLength);
  if (long < 0) return undefined;
  return `override ${long + 1} has ${overrides[long].length} characters, at most ${maxOverrideLength} are taken; write it into the spec`;
}

function faultAt(tree: Tree, file: string): (path: string, message: string) => Fault {
  return (text, message) => {
    const path = parsePath(text);
    return toFault({ path, place: findTree(tree, path).place, message }, file);
  };
}

function toFault({ path, place, message }: PlacedFault, file: string): Fault {
  const common = { file, path: formatPath(path), message };
  return 'override' in place ? { ...common, ...place, line: 0, column: 0 } : { ...common, ...place };
}

/** From the file's first line to its last, then the overrides; one fault a place and path. */
function inOrder(placed: readonly PlacedFault[], file: string): Fault[] {
  const seen = new Set<string>();
  const faults = placed
    .filter(({ path, place }) => {
      const key = JSON.stringify([path, place]);
      return !seen.has(key) && seen.add(key);
    })
    .map((fault) => toFault(fault, file))
    .sort((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column);
  if (faults.length <= maxFaults) return faults;
  const { line, column } = faults[maxFaults];
  const message = `${faults.length - maxFaults} more faults from here on; mend those above first`;
  return [...faults.slice(0, maxFaults), { file, line, column, path: '', message }];
}

function rank({ override }: Fault): number {
  return override === undefined ? 0 : 1;
}
