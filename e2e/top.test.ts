// `rondo top` beside a real cluster: once into a pipe, and in a terminal of its own that gets back what it was.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster } from './cluster.ts';
import { rondo } from './rondo.ts';
import { smallSpec, smallText } from './small-spec.ts';

const spec = smallSpec('watched', 'cpu-portable', 'shards: 2, steps: 1000000');

let cluster: Cluster;
let run: string;
beforeAll(async () => {
  cluster = await Cluster.start(smallText);
  await cluster.startWorker('w1', 'cpu-portable');
  run = await cluster.submit(spec);
  await cluster.untilStep(run, 3);
});
afterAll(() => cluster.stop());

test('into a pipe: the cluster as it is, once', async () => {
  const { status, stdout, stderr } = await rondo(cluster.folder, 'top', '--coordinator', cluster.address);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^Rondo at 127\.0\.0\.1:\d+, \d\d:\d\d:\d\d$/m);
  expect(stdout).toMatch(/^watched-1 +training +\d+\/1000000 +\d\.\d{4} /m);
  expect(stdout).toMatch(/^loss of watched-1, steps \d+ to \d+ {2}[▁-█]+ {2}\d\.\d{4} to \d\.\d{4}$/m);
  expect(stdout).toMatch(/^ {2}compute +\d+ % {2}/m);
  expect(stdout).toMatch(/^w1 +\w+ .* cpu-portable +1 /m);
  expect(stdout).not.toContain('\u001b');
});

test('a coordinator that is not there: one line', async () => {
  const { status, stdout, stderr } = await rondo(cluster.folder, 'top', '--coordinator', '127.0.0.1:1');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^rondo: no coordinator at 127\.0\.0\.1:1: is it running\?/);
});

/** util-linux's `script` gives a command a terminal: 100 x 30 here. */
const hasScript = spawnSync('script', ['--version']).status === 0;
if (!hasScript) console.warn('top in a terminal is not tested: util-linux is missing (apt-get install bsdutils)');

interface Terminal {
  readonly child: ChildProcess;
  shown(): string;
  /** Settles once this was shown since the last such call. */
  shows(pattern: RegExp): Promise<void>;
  readonly ended: Promise<number | null>;
}

function inTerminal(...args: string[]): Terminal {
  const launcher = fileURLToPath(new URL('../apps/cli/bin/rondo.mjs', import.meta.url));
  const command = `stty cols 100 rows 30; ${process.execPath} ${launcher} ${args.join(' ')}; echo status $?; stty -a`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm' },
  });
  let shown = '';
  let seen = 0;
  const shows = async (pattern: RegExp) => {
    const until = performance.now() + 25_000;
    while (!pattern.test(shown.slice(seen))) {
      if (performance.now() > until) throw new Error(`${pattern} was not shown:\n${shown.slice(seen)}`);
      if (child.exitCode !== null) throw new Error(`it ended first:\n${shown}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    seen = shown.length;
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, shown: () => shown, shows, ended };
}

test.runIf(hasScript)(
  'in a terminal: drawn in place, past a restart of the coordinator; q and Ctrl-C give it back',
  async () => {
    for (const key of ['q', '\u0003']) {
      const terminal = inTerminal('top', '--coordinator', cluster.address);
      await terminal.shows(/watched-1 +training/);
      await terminal.shows(/steps \d+ to \d+/);
      if (key === 'q') {
        await cluster.coordinator.kill();
        await terminal.shows(/trying again: no coordinator at/);
        await cluster.startCoordinator();
        // Drawn again, and nothing is wrong.
        await terminal.shows(/Rondo at (?:(?!trying)[\s\S])*watched-1 +training(?:(?!trying)[\s\S])*WORKER/);
      }
      terminal.child.stdin?.write(key);
      expect(await terminal.ended).toBe(0);
      const shown = terminal.shown();
      const [page, after] = shown.split('\u001b[?1049l');
      expect(shown.split('\u001b[?1049h')).toHaveLength(2);
      expect(page).toContain('\u001b[H');
      // Nothing is ever cleared before it is drawn.
      expect(page).not.toContain('\u001b[2J');
      expect(after).toContain('status 0');
      expect(after).toMatch(/(?<!-)icanon/);
      expect(page.lastIndexOf('\u001b[?25h')).toBeGreaterThan(page.lastIndexOf('\u001b[?25l'));
    }
  },
);
