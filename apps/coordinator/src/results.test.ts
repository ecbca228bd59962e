// What the worker whose node came last did in a round.

import { expect, test } from 'vitest';
import { lastWorker } from './results.ts';

const result = (task: number, assignedAt: number, at: number, seconds: number) => ({
  task,
  assignedAt,
  at,
  seconds,
  run: 'r',
  lossSum: 0,
  weight: 1,
  outputs: new Map(),
});
const contribution = (task: number, worker: string) => ({ task, worker, node: { first: task, end: task + 1 } });

test('all nodes of the worker that came last count, none of the others', () => {
  const results = [result(1, 1000, 1500, 0.4), result(2, 1000, 1900, 0.8), result(3, 1500, 2000, 0.3)];
  const contributions = [contribution(1, 'a'), contribution(2, 'b'), contribution(3, 'a')];
  const { at, compute, busy } = lastWorker(results, contributions);
  expect(at).toBe(2000);
  expect(compute).toBeCloseTo(0.7, 12);
  expect(busy).toBeCloseTo(1, 12);
});
