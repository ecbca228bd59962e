// What the tests of the docs read in a Markdown page: blocks of code, comments, headings and links.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Tracked files and those that will be, with forward slashes, relative to the repository. */
export const files: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard'],
  { cwd: repository, encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(repository, file)));

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** Of its first line of text, from 1. */
  readonly line: number;
  /** What the HTML comment says that stands on the line above it. */
  readonly comment: string | undefined;
}

export interface Link {
  readonly target: string;
  readonly line: number;
}

export interface Page {
  /** Relative to the repository. */
  readonly file: string;
  readonly blocks: readonly CodeBlock[];
  /** What its HTML comments of one line say. */
  readonly comments: readonly string[];
  readonly links: readonly Link[];
  /** What `#name` may name. */
  readonly anchors: ReadonlySet<string>;
}

const commentOf = (line: string | undefined) => /^<!-- (.*) -->$/.exec(line ?? '')?.[1];

export const readPage = (file: string): Page => parsePage(file, readFileSync(join(repository, file), 'utf8'));

/** @throws Error for a block of code without an end. */
export function parsePage(file: string, markdown: string): Page {
  const lines = markdown.split('\n');
  const blocks: CodeBlock[] = [];
  /** The page without its blocks; as many lines. */
  const prose = [...lines];
  for (let i = 0; i < lines.length; i++) {
    const [, indent, language] = /^( *)```(\w*)/.exec(lines[i]) ?? [];
    if (indent === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, i + 1);
    if (end === -1) throw new Error(`${file}:${i + 1}: a block of code without an end`);
    const text = lines.slice(i + 1, end).map((line) => line.slice(indent.length));
    blocks.push({ language, text: text.join('\n'), line: i + 2, comment: commentOf(lines[i - 1]) });
    prose.fill('', i, end + 1);
    i = end;
  }
  const comments = prose.map(commentOf).filter((comment) => comment !== undefined);
  return { file, blocks, comments, links: linksIn(prose), anchors: anchorsOf(prose) };
}

/** Inline ones, images, and definitions of references. */
function linksIn(prose: readonly string[]): Link[] {
  return prose.flatMap((text, i) => {
    const plain = text.replaceAll(/`[^`]*`/g, 'code');
    const targets = [...plain.matchAll(/\]\(([^()\s]+)\)|^\[[^\]]+\]: (\S+)/g)];
    return targets.map(([, inline, defined]) => ({ target: inline ?? defined, line: i + 1 }));
  });
}

/** As GitHub makes them of headings: lowercase, without punctuation, hyphens for spaces, numbered where they repeat. */
function anchorsOf(prose: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const line of prose) {
    const [, heading] = /^#{1,6} (.+)$/.exec(line) ?? [];
    if (heading === undefined) continue;
    const text = heading.replaceAll(/\]\([^)]*\)/g, '').toLowerCase();
    const slug = text.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}
