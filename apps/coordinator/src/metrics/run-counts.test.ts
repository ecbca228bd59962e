// What counts as a retry, and what does not, from what the brain decides.

import { Metrics } from '@rondo/metrics';
import { type BrainConfig, type BrainState, type Event, initialState, transition } from '@rondo/training';
import { beforeEach, expect, test } from 'vitest';
import { RunCounts } from './run-counts.ts';

const config: BrainConfig = {
  shards: 2,
  slots: 8,
  steps: 9,
  validateEvery: 9,
  validationBatches: 0,
  validationShards: 0,
  stopsEarly: false,
  checkpointEvery: 9,
  minWorkers: 2,
  engine: 'cpu',
  mixed: false,
  audit: 0,
  seed: 1,
};
const offers = [{ engine: 'cpu', device: 'cpu', fingerprint: 'f', threads: 1 }] as const;

let metrics: Metrics;
let counts: RunCounts;
let brain: BrainState;
beforeEach(() => {
  metrics = new Metrics();
  counts = new RunCounts(metrics);
  brain = initialState(config, { committed: 0, validated: true });
  send({ type: 'opened', workers: ['a', 'b'].map((worker) => ({ worker, offers })) });
});

function send(event: Event): void {
  const { state, effects } = transition(brain, event, 0);
  counts.decided(event, effects);
  brain = state;
}

const taskOf = (name: string) => brain.workers.find((worker) => worker.name === name)?.task?.task as number;

/** Series that are not 0. */
async function counted(): Promise<string[]> {
  const lines = (await metrics.text()).split('\n');
  return lines.filter((line) => /^rondo_(task|result|roll|worker)\S*(?<!_bucket\S*) [1-9]/.test(line));
}

test('every node is given out once when all is well', async () => {
  for (const worker of ['a', 'b'])
    send({ type: 'node-computed', worker, task: taskOf(worker), finite: true, computeMs: 1 });
  expect(await counted()).toEqual(['rondo_tasks_assigned_total 2']);
});

test('a worker fails, and one leaves amid its task', async () => {
  send({ type: 'node-failed', worker: 'a', task: taskOf('a'), reason: 'no memory', final: false });
  send({ type: 'worker-left', worker: 'b' });
  const retries = (await counted()).filter((line) => line.startsWith('rondo_task_retries_total'));
  expect(retries).toEqual(['rondo_task_retries_total{reason="failed"} 1', 'rondo_task_retries_total{reason="left"} 1']);
});

test('an answer that nobody asked for is refused', async () => {
  send({ type: 'node-computed', worker: 'a', task: 1000, finite: true, computeMs: 1 });
  expect(await counted()).toContain('rondo_results_refused_total{reason="unasked"} 1');
});

test('what a stop cancels is no retry', async () => {
  send({ type: 'stop', reason: 'paused' });
  expect(await counted()).toEqual(['rondo_tasks_assigned_total 2']);
});
