// YAML text as a tree that remembers where each key and value stands. Aliases, duplicate keys and excess are faults.

import {
  Composer,
  type CST,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type ParsedNode,
  Parser,
} from 'yaml';
import type { Path } from './fault.ts';

/** A line and column of the file, from 1, or the override that brought a value in. */
export type Place = { readonly line: number; readonly column: number } | { readonly override: string };

export type Tree =
  | { readonly kind: 'scalar'; readonly place: Place; readonly value: unknown }
  | { readonly kind: 'list'; readonly place: Place; readonly items: readonly Tree[] }
  | { readonly kind: 'mapping'; readonly place: Place; readonly entries: Map<string, Entry> };

interface Entry {
  /** Of the key. */
  readonly place: Place;
  readonly tree: Tree;
}

export interface PlacedFault {
  readonly path: Path;
  readonly place: Place;
  readonly message: string;
}

const maxDepth = 32;
/** Values, marks, spaces, line breaks: what takes time to parse. */
const maxTokens = 20_000;
const maxMessageLength = 200;

/**
 * Reads one YAML document. With faults of syntax alone the tree is undefined; other faults come beside a tree.
 * @param override the override whose value the text is; a place in it is the override.
 */
export function readTree(text: string, override?: string): { tree?: Tree; faults: PlacedFault[] } {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    if (override !== undefined) return { override };
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const fail = (offset: number, message: string) => ({ path: [], place: placeAt(offset), message });
  if (isTooLong(text))
    return { faults: [fail(0, `more than ${maxTokens} tokens; a spec is small, name files by a glob`)] };
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const deepOffset = findTooDeep(tokens);
  if (deepOffset !== undefined) {
    return { faults: [fail(deepOffset, `nested deeper than ${maxDepth} levels; flatten it`)] };
  }
  // The library's own check of unique keys takes quadratic time; the reader below makes it.
  const composer = new Composer({ schema: 'core', uniqueKeys: false });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document === undefined) throw new Error('yaml: no document for a text');
  const faults = [...document.errors, ...document.warnings].map(({ pos, message }) =>
    fail(pos[0], `not valid YAML: ${message.slice(0, maxMessageLength)}`),
  );
  if (second !== undefined) faults.push(fail(second.range[0], 'a second document; keep one'));
  return faults.length > 0 ? { faults } : new Reader(placeAt).read(document.contents);
}

/** Lexing alone takes a tenth of the time of parsing, or less. */
function isTooLong(text: string): boolean {
  let count = 0;
  for (const _ of new Lexer().lex(text)) {
    count += 1;
    if (count > maxTokens) return true;
  }
  return false;
}

/**
 * Offset of a token that is nested too deep. The library's composer recurses, and a stack that is exhausted while a
 * regular expression is compiled ends the process; its parser does not recurse, and neither does this walk.
 */
function findTooDeep(tokens: readonly CST.Token[]): number | undefined {
  const waiting = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.depth > maxDepth) return next.token.offset;
    for (const token of innerTokens(next.token)) waiting.push({ token, depth: next.depth + 1 });
  }
  return undefined;
}

function innerTokens(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((inner) => inner != null));
}

class Reader {
  readonly #placeAt: (offset: number) => Place;
  readonly #faults: PlacedFault[] = [];

  constructor(placeAt: (offset: number) => Place) {
    this.#placeAt = placeAt;
  }

  read(contents: ParsedNode | null): { tree: Tree; faults: PlacedFault[] } {
    const tree = this.#tree(contents, [], this.#placeAt(0));
    return { tree, faults: this.#faults };
  }

  #tree(node: unknown, path: Path, near: Place): Tree {
    const place = this.#place(node, near);
    const refuse = (message: string): Tree => {
      this.#faults.push({ path, place, message });
      return { kind: 'scalar', place, value: null };
    };
    if (isAlias(node)) return refuse('an alias; write the value out, or quote a text that starts with *');
    if (isSeq(node)) {
      return { kind: 'list', place, items: node.items.map((item, i) => this.#tree(item, [...path, i], place)) };
    }
    if (!isMap(node)) return { kind: 'scalar', place, value: isScalar(node) ? node.value : null };

    const entries = new Map<string, Entry>();
    for (const { key, value } of node.items) {
      const keyPlace = this.#place(key, place);
      if (!isScalar(key)) {
        this.#faults.push({ path, place: keyPlace, message: 'a key that is no plain text; write key: value' });
        continue;
      }
      const name = key.source ?? '';
      const inner = [...path, name];
      if (entries.has(name)) {
        this.#faults.push({ path: inner, place: keyPlace, message: 'given twice; keep one' });
      } else {
        entries.set(name, { place: keyPlace, tree: this.#tree(value, inner, keyPlace) });
      }
    }
    return { kind: 'mapping', place, entries };
  }

  #place(node: unknown, near: Place): Place {
    const range = isNode(node) ? (node as Node).range : undefined;
    return range ? this.#placeAt(range[0]) : near;
  }
}

export function toPlain(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(toPlain);
    case 'mapping':
      return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, toPlain(entry.tree)]));
  }
}

/** The subtree at a path, or the innermost one around it that exists. */
export function findTree(root: Tree, path: Path): Tree {
  let tree = root;
  for (const key of path) {
    const inner = child(tree, key);
    if (inner === undefined) break;
    tree = inner;
  }
  return tree;
}

/** The place of a path's last key. */
export function keyPlace(root: Tree, path: Path): Place {
  const parent = findTree(root, path.slice(0, -1));
  const entry = parent.kind === 'mapping' ? parent.entries.get(String(path.at(-1))) : undefined;
  return entry?.place ?? parent.place;
}

function child(tree: Tree, key: string | number): Tree | undefined {
  if (tree.kind === 'list') return typeof key === 'number' ? tree.items[key] : undefined;
  return tree.kind === 'mapping' ? tree.entries.get(String(key))?.tree : undefined;
}
