// The command `rondo` for tests: run to its end, or started and talked to with signals.

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../apps/cli/bin/rondo.mjs', import.meta.url));

export interface Ended {
  /** Exit status, or the signal that ended it. */
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Settles once standard output or error has said this. @throws Error when the command ends before. */
  said(text: string): Promise<void>;
}

export function start(cwd: string, ...args: string[]): Started {
  const child = spawn(process.execPath, [launcher, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ status: code ?? signal ?? 'unknown', ...output }));
  });
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!`${output.stdout}${output.stderr}`.includes(text)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
      void ended.then(({ stdout, stderr }) => reject(new Error(`rondo ended first:\n${stdout}${stderr}`)));
    });
  return { child, ended, said };
}

export const rondo = (cwd: string, ...args: string[]): Promise<Ended> => start(cwd, ...args).ended;

/** Command lines of the processes that mention a text, from /proc; this process and its parent aside. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && ![process.pid, process.ppid].includes(Number(name)))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(text) ? [line] : [];
      } catch {
        return [];
      }
    });
}
