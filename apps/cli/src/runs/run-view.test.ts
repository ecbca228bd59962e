// Tables of runs and workers as people see them.

import type { WorkerStatus } from '@rondo/protocol';
import { expect, test, vi } from 'vitest';
import { printWorkers } from './run-view.ts';

test('a worker without work does not look dead', () => {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const worker = { name: 'w1', state: 'idle', reason: 'no run trains', engines: ['js'], device: 'cpu', failures: 0 };
  printWorkers([{ ...worker, threads: 2, nodes: 3, tokensPerSecond: 1000, lastSeenSeconds: 0.42 } as WorkerStatus]);
  spy.mockRestore();
  const lines = written.join('').trimEnd().split('\n');
  expect(lines[0].split(/ {2,}/)).toEqual([
    'WORKER',
    'STATE',
    'NODES',
    'SPEED',
    'FAILED',
    'SEEN',
    'THREADS',
    'ENGINES',
    'DEVICE',
    'WHAT',
  ]);
  expect(lines[1].split(/ {2,}/)).toEqual([
    'w1',
    'idle',
    '3',
    '-',
    '0',
    '0.4 s ago',
    '2',
    'js',
    'cpu',
    'no run trains',
  ]);
});
