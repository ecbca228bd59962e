// Which files a field of the spec names: globs resolved, sorted by code point, and kept below a root.

import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { glob } from 'tinyglobby';
import { DataFault } from './fault.ts';

export interface DataFile {
  /** Relative to the base folder, with forward slashes. */
  readonly name: string;
  /** Absolute, without symbolic links: what was checked is what is read. */
  readonly path: string;
  readonly bytes: number;
  /** Of the first pattern that matches it: `spec.data.text[0]`, `spec.data.train`. */
  readonly specPath: string;
}

export interface FindOptions {
  /** Refuses every path that does not lie below this folder, symbolic links followed. */
  readonly root?: string | undefined;
}

/** The field that holds plain text; what is wrong with its files has codes that begin with `text-`, of others with `data-`. */
const textField = 'spec.data.text';

/**
 * All files that the patterns match, each once, sorted by the code points of their names.
 * A pattern that is itself a file's name stands for that file, whatever characters it has.
 * @param patterns of the field: a list, or the one that it has.
 * @param options.field the spec's field that names them.
 * @throws DataFault text-missing, text-outside-root, text-unreadable; with a root also text-pattern; of other fields than
 * `spec.data.text` data-missing and so on.
 */
export async function findFiles(
  patterns: string | readonly string[],
  baseDir: string,
  { root, field }: FindOptions & { readonly field: string },
): Promise<DataFile[]> {
  const realRoot = root === undefined ? undefined : await realpath(root);
  const files = new Map<string, DataFile>();
  const of = field === textField ? 'text' : 'data';
  for (const [i, pattern] of [patterns].flat().entries()) {
    const specPath = typeof patterns === 'string' ? field : `${field}[${i}]`;
    const outside = () => {
      const message = `${pattern} leads out of the data root; name files below it, relative to it`;
      return new DataFault(`${of}-outside-root`, message, specPath);
    };
    if (realRoot !== undefined && namesOutside(pattern)) throw outside();

    const matches = await match(pattern, baseDir, () => {
      const excess = realRoot === undefined ? undefined : excessOf(pattern);
      if (excess !== undefined) throw new DataFault(`${of}-pattern`, `${pattern} ${excess}`, specPath);
    });
    if (matches.length === 0) {
      const where = realRoot === undefined ? baseDir : 'the data root';
      throw new DataFault(`${of}-missing`, `${pattern} matches no file in ${where}; name a file or a glob`, specPath);
    }
    for (const match of matches) {
      const name = relative(baseDir, match).split(sep).join('/');
      if (files.has(name)) continue;
      const { path, bytes } = await inspect(match, (error) => unreadable(of, name, specPath, error));
      if (realRoot !== undefined && !isBelow(path, realRoot)) throw outside();
      files.set(name, { name, path, bytes, specPath });
    }
  }
  return [...files.values()].sort((a, b) => compareCodePoints(a.name, b.name));
}

/** @param check throws for a glob that is not wanted. */
async function match(pattern: string, baseDir: string, check: () => void): Promise<string[]> {
  const literal = resolve(baseDir, pattern);
  if (await isFile(literal)) return [literal];
  check();
  return glob([pattern], { cwd: baseDir, absolute: true, expandDirectories: false });
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false; // As a glob it may still match; if it does not, that is the fault to tell.
  }
}

async function inspect(file: string, fault: (error: unknown) => DataFault): Promise<{ path: string; bytes: number }> {
  try {
    const path = await realpath(file);
    return { path, bytes: (await stat(path)).size };
  } catch (error) {
    throw fault(error);
  }
}

export function unreadable(of: 'text' | 'data', name: string, specPath: string, error: unknown): DataFault {
  const reason = error instanceof Error ? error.message : String(error);
  return new DataFault(`${of}-unreadable`, `${name} cannot be read: ${reason}; check its permissions`, specPath);
}

const maxWildcards = 8;
const maxStars = 3;

/** Why a glob of somebody else's is not tried: a short one can take years to find that it does not match a name. */
function excessOf(pattern: string): string | undefined {
  if (/[()]/.test(pattern)) return 'has parentheses; use {a,b}, or name the files';
  const count = (text: string, wildcard: RegExp) => text.match(wildcard)?.length ?? 0;
  if (count(pattern, /[*?[{]/g) > maxWildcards) return `has more than ${maxWildcards} wildcards; name the files`;
  const starry = pattern.split('/').some((name) => count(name, /\*/g) > maxStars);
  return starry ? `has more than ${maxStars} stars in a name; use fewer, or name the files` : undefined;
}

/** Checked before the disk is touched; braces and alternatives may hide a step upwards. */
/** Whether a path or a glob leads out of the folder that it is relative to, as it is written. */
export function namesOutside(pattern: string): boolean {
  return isAbsolute(pattern) || pattern.split(/[\\/{},|()]/).includes('..');
}

/** Of paths without symbolic links. */
export function isBelow(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** UTF-8 keeps the order of code points, which JavaScript's own comparison, by UTF-16 units, does not. */
export function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
