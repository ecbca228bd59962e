// Tables of runs and workers as people see them.

import type { WorkerStatus } from '@rondo/protocol';
import { expect, test, vi } from 'vitest';
import { printWorkers } from './run-view.ts';

test('a worker without work does not look dead', () => {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const worker = { name: 'w1', state: 'idle: no run trains', engines: ['js'], device: 'cpu', fingerprint: 'f' };
  printWorkers([{ ...worker, threads: 2, nodes: 3, tokensPerSecond: 1000, lastSeenSeconds: 86_400 } as WorkerStatus]);
  spy.mockRestore();
  const lines = written.join('').trimEnd().split('\n');
  expect(lines[0].split(/ {2,}/)).toEqual([
    'WORKER',
    'STATE',
    'ENGINES',
    'DEVICE',
    'THREADS',
    'NODES',
    'TOKENS/S A THREAD',
  ]);
  expect(lines[1].split(/ {2,}/)).toEqual(['w1', 'idle: no run trains', 'js', 'cpu', '2', '3', '1,000']);
});
