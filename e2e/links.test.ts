// Every relative link of every Markdown page leads to a file or a folder of the repository, and to a heading there.

import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { files, type Link, type Page, parsePage, readPage } from './pages/markdown.ts';

const pages = files.filter((file) => file.endsWith('.md')).map(readPage);

const isThere = (from: string, path: string) =>
  [from, '.'].includes(path) || files.some((file) => file === path || file.startsWith(`${path}/`));

/** @returns what is wrong with a link; undefined: nothing, or it leads to another place than the repository. */
function faultOf(page: Page, { target, line }: Link): string | undefined {
  const { file } = page;
  if (/^\w+:/.test(target)) return undefined;
  const [path, anchor] = decodeURI(target).split('#');
  const goal = path === '' ? file : posix.join(posix.dirname(file), path).replace(/\/$/, '');
  if (!isThere(file, goal)) return `${file}:${line}: ${target}: there is no ${goal}`;
  const goalPage = goal === file ? page : pages.find((other) => other.file === goal);
  if (anchor === undefined || goalPage?.anchors.has(anchor)) return undefined;
  return `${file}:${line}: ${target}: ${goal} has no heading #${anchor}`;
}

test('one that leads nowhere would be named', () => {
  const page = parsePage(
    'docs/x.md',
    '# A `b`, c\n[a](#a-b-c) [b](#b) [c](limits.md#limits) [d](no.md) `[e](no.md)`\n',
  );
  expect(page.links.map((link) => faultOf(page, link))).toEqual([
    undefined,
    'docs/x.md:2: #b: docs/x.md has no heading #b',
    undefined,
    'docs/x.md:2: no.md: there is no docs/no.md',
  ]);
});

test('links between pages, and into the sources, lead somewhere', () => {
  const links = pages.flatMap((page) => page.links.map((link) => faultOf(page, link)));
  expect(links.filter((fault) => fault !== undefined)).toEqual([]);
});
