// A fault of a spec: what is wrong, where, and what would be right.

/** A place in the spec's value, from the document's root: `['spec', 'data', 'text', 0]`. */
export type Path = readonly (string | number)[];

export interface Fault {
  readonly file: string;
  /** From 1; 0 when an override is at fault. */
  readonly line: number;
  readonly column: number;
  /** `spec.data.text[0]`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
  /** The override at fault, as given: `training.stepz=3`. */
  readonly override?: string;
}

/** `file:line:column spec.path: message`, or `--set a.b=value: message`. */
export function formatFault({ file, line, column, path, message, override }: Fault): string {
  if (override === undefined) return `${file}:${line}:${column}${path === '' ? '' : ` ${path}`}: ${message}`;
  const named = path === '' || `spec.${override}`.startsWith(`${path}=`);
  return `--set ${override}: ${named ? '' : `${path}: `}${message}`;
}

export function formatPath(path: Path): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${showKey(key)}`)).join('');
}

/** A fault is one short line, whatever the key. */
function showKey(key: string): string {
  if (/^[\w-]{1,40}$/.test(key)) return key;
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 39)}…` : key);
}

/** The inverse of formatPath for paths of known keys. */
export function parsePath(path: string): Path {
  return [...path.matchAll(/\[(\d+)\]|[^.[]+/g)].map(([key, index]) => (index === undefined ? key : Number(index)));
}

/** The value at a path of plain mappings and lists, or undefined. */
export function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return value;
}
