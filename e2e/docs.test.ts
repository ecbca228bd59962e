// Every command and every spec of the docs works: each page's, in order, in what looks like a fresh clone.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseJob } from '@rondo/spec';
import { afterAll, describe, expect, test } from 'vitest';
import { files, type Page, parsePage, readPage, repository } from './pages/markdown.ts';
import { isRun, scriptOf, specsOf, whyNotRun } from './pages/page-script.ts';

const pages = files.filter((file) => /^(README|docs\/[^/]+|examples\/README[^/]*)\.md$/.test(file)).map(readPage);
const scratch = mkdtempSync(join(tmpdir(), 'rondo-docs-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Of the packages that `npm ci` brings, what the examples train on; a tenth of it, for speed. */
const texts = readdirSync(join(repository, 'node_modules/typescript/lib'))
  .filter((name) => /^lib\.es(5|2015.*)\.d\.ts$/.test(name))
  .map((name) => `node_modules/typescript/lib/${name}`);

/** Of the same packages, those that programs on the pages import. */
const imported = ['@rondo/inference', 'onnxruntime-web'];

/** A fresh clone, beside its page's logs and notes. @returns the folder of all three. */
function clone(page: string): string {
  const folder = join(scratch, page.replaceAll('/', '-'));
  for (const file of [...files, ...texts]) {
    const target = join(folder, 'clone', file);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(repository, file), target);
  }
  for (const name of imported) {
    const target = join(folder, 'clone/node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(repository, 'node_modules', name), target);
  }
  mkdirSync(join(folder, 'logs'));
  return folder;
}

/** What `npm start` gives to `rondo`, after the build. */
function npmStart(): string {
  const { start } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')).scripts;
  const [, words] = /apps\/cli\/bin\/rondo\.mjs (.+)$/.exec(start) ?? [];
  if (words === undefined) throw new Error(`package.json's start runs no rondo: ${start}`);
  return words;
}

/** Far more than a page takes, on a busy machine too. */
const pageMs = 200_000;

/** As whom a network is made: without rights where the system allows that, else as root. */
const ways = [['--map-root-user', '--net'], ['--net']];

/** @returns why there can be none; undefined: there can. */
function absenceOf(way: readonly string[]): string | undefined {
  const options = { encoding: 'utf8' } as const;
  const { status, stderr, error } = spawnSync('unshare', [...way, 'ip', 'link', 'set', 'lo', 'up'], options);
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

const network = ways.find((way) => absenceOf(way) === undefined);
const absence = network === undefined ? absenceOf(ways[0]) : undefined;

/** Ends a script and what it started. @returns whether there was any of it left. */
function killAll({ pid }: ChildProcess): boolean {
  try {
    return process.kill(-(pid as number), 'SIGKILL');
  } catch {
    return false;
  }
}

interface Outcome {
  readonly status: unknown;
  readonly said: string;
  /** What was not run, and why. */
  readonly notes: readonly string[];
  /** Whether a process of it outlived it. */
  readonly left: boolean;
}

/** Runs a script and what it leaves in the background, which ends with it. */
async function runPage(script: string, folder: string): Promise<Outcome> {
  const file = join(folder, 'page.sh');
  const notes = join(folder, 'notes');
  writeFileSync(file, script);
  const environment = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8' };
  const cli = join(repository, 'apps/cli/bin/rondo.mjs');
  const wanted = { NODE: process.execPath, CLI: cli, LOGS: join(folder, 'logs'), NOTES: notes, NPM_START: npmStart() };
  const child = spawn('unshare', [...(network ?? []), 'bash', file], {
    cwd: join(folder, 'clone'),
    env: { ...environment, ...wanted },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const late = setTimeout(() => killAll(child), pageMs);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const status = await new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)));
  clearTimeout(late);
  return {
    status,
    said,
    left: killAll(child),
    notes: existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : [],
  };
}

const script = (page: Page) => scriptOf(page, join(repository, 'e2e/pages/prelude.sh'));

const badPage = parsePage(
  'bad.md',
  `
\`\`\`sh
kubectl get pods && echo \\
  fine
rondo status nowhere && true
\`\`\`
`,
);

describe.skipIf(absence)(`every command works${absence ? ` (skipped: no network of its own: ${absence})` : ''}`, () => {
  test.concurrent('and one that does not would be named', async () => {
    const { status, said, notes } = await runPage(script(badPage), clone(badPage.file));
    expect({ status, notes }).toEqual({ status: 1, notes: ['not run: kubectl get pods'] });
    expect(said).toMatch(/^fine\n[\s\S]*bad\.md:5: exit status 1\n$/);
  });

  for (const page of pages.filter(isRun)) {
    const reason = whyNotRun(page);
    test.skipIf(reason).concurrent(
      `${page.file}${reason ? ` (skipped: ${reason})` : ''}`,
      async () => {
        const { status, said, notes, left } = await runPage(script(page), clone(page.file));
        for (const note of notes) console.log(`${page.file}: ${note}`);
        expect(status === 0 ? 'well' : `${said}\nended with ${String(status)}`).toBe('well');
        expect(left).toBe(false);
      },
      pageMs + 10_000,
    );
  }
});

describe('every spec can be read', () => {
  const examples = files.filter((file) => /^examples\/[^/]+\.yaml$/.test(file));
  const specs = [
    ...examples.map((file) => ({ place: file, text: readFileSync(join(repository, file), 'utf8') })),
    ...pages.flatMap((page) => specsOf(page).map(({ text, line }) => ({ place: `${page.file}:${line}`, text }))),
  ];
  test.each(specs)('$place', ({ place, text }) => {
    expect(parseJob(text, { file: place })).not.toHaveProperty('faults');
  });
});
