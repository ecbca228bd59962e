// Who is named when a run is slow or stands still, and why.

import { describe, expect, test } from 'vitest';
import {
  attempts,
  type BrainConfig,
  type BrainState,
  hindrances,
  initialState,
  reportWorkers,
  type Senses,
} from './index.ts';
import { computed, drive } from './workbench.ts';

const config: BrainConfig = {
  shards: 4,
  slots: 10,
  steps: 100,
  validateEvery: 1000,
  validationBatches: 0,
  validationShards: 0,
  stopsEarly: false,
  checkpointEvery: 1000,
  minWorkers: 2,
  engine: 'auto',
  mixed: false,
  audit: 0,
  seed: 1,
};

const well: Senses = { silentMs: () => 500, diskFaults: () => [] };
const silent = (worker: string): Senses => ({ ...well, silentMs: (name) => (name === worker ? 4200 : 500) });

/** Two workers train a few steps; each takes so many milliseconds a node, of which it says to compute so many. */
function train(pace: Readonly<Record<string, { ms: number; computeMs: number }>>, steps = 6, checkpointEvery = 1000) {
  const brain = drive(initialState({ ...config, checkpointEvery }, { committed: 0, validated: true }));
  for (const name of Object.keys(pace)) brain.join(name);
  while (brain.state().committed < steps) {
    brain.wait(5);
    const { nowMs, workers, committing, committed } = brain.state();
    for (const { name, task } of workers) {
      if (task === undefined || nowMs - task.sinceMs < pace[name].ms) continue;
      const answer = computed(name, task.task);
      brain.send({ ...answer, computeMs: pace[name].computeMs } as typeof answer);
    }
    if (committing) brain.send({ type: 'committed', step: committed + 1 });
  }
  return brain;
}

const equal = { a: { ms: 20, computeMs: 15 }, b: { ms: 20, computeMs: 15 }, c: { ms: 20, computeMs: 15 } };
const found = (state: BrainState, senses = well) =>
  hindrances(state, senses).map(({ cause, worker }) => [cause, worker]);

describe('what holds a run up', () => {
  test('nothing, when all is well', () => {
    const brain = train(equal);
    expect(found(brain.state())).toEqual([]);
    for (const { state, speed } of reportWorkers(brain.state(), well)) {
      expect(['computing', 'ready']).toContain(state);
      expect(speed).toBeCloseTo(1, 0);
    }
  });

  test('workers that are missing', () => {
    const brain = drive(initialState(config, { committed: 0, validated: true }));
    brain.join('a');
    expect(hindrances(brain.state(), well)).toEqual([
      {
        kind: 'no workers',
        cause: 'workers',
        worker: undefined,
        reason: 'waiting for 2 workers (1 here) of one arithmetic',
      },
    ]);
  });

  test('all workers of a run that trains have gone', () => {
    const brain = train(equal);
    for (const worker of Object.keys(equal)) brain.send({ type: 'worker-left', worker });
    expect(found(brain.state())).toEqual([['workers', undefined]]);
  });

  test('a worker of which nothing comes', () => {
    const { state } = train(equal);
    const [{ cause, worker, reason }] = hindrances(state(), silent('b'));
    expect([cause, worker]).toEqual(['network', 'b']);
    expect(reason).toBe('b is silent for 4.2 s: its process stands still, or the network is cut');
    expect(reportWorkers(state(), silent('b')).find(({ name }) => name === 'b')?.state).toBe('silent');
  });

  test('a worker that is there, and does not come to an end', () => {
    const brain = train(equal);
    while (attempts(brain.state()).every(({ worker }) => worker !== 'c')) {
      const [{ worker, task }] = attempts(brain.state());
      brain.send(computed(worker, task));
      if (brain.state().committing) brain.send({ type: 'committed', step: brain.state().committed + 1 });
    }
    brain.wait(3000);
    const late = hindrances(brain.state(), well).find(({ worker }) => worker === 'c');
    expect(late).toMatchObject({ cause: 'compute' });
    expect(late?.reason).toMatch(/^c has been computing shards \[\d, \d\) for 3\.0 s, where \d\.\d s were expected$/);
    expect(reportWorkers(brain.state(), well).find(({ name }) => name === 'c')?.state).toBe('late');
  });

  test.each([
    { slow: { ms: 80, computeMs: 75 }, cause: 'compute', part: 'computing' },
    { slow: { ms: 80, computeMs: 15 }, cause: 'network', part: 'sending and receiving, or waiting for a processor' },
  ])('a worker that is slow for its $cause', ({ slow, cause, part }) => {
    const brain = train({ ...equal, c: slow }, 12);
    const [first, ...others] = hindrances(brain.state(), well);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ cause, worker: 'c' });
    expect(first.reason).toMatch(new RegExp(`^c takes \\d\\.\\d times as long as the median worker, for ${part}$`));
    expect(reportWorkers(brain.state(), well).find(({ name }) => name === 'c')?.speed).toBeLessThan(0.5);
  });

  test('a disk that takes no checkpoint, or no lines', () => {
    const brain = train(equal, 2, 2);
    brain.send({ type: 'checkpoint-failed', step: 2, reason: 'no space left on device', diverged: false });
    const senses = { ...well, diskFaults: () => ['ledger.jsonl: no space left on device'] };
    expect(hindrances(brain.state(), senses).map(({ cause, reason }) => [cause, reason])).toEqual([
      ['disk', 'ledger.jsonl: no space left on device'],
      ['disk', 'checkpoints: none since step 0, failed once: no space left on device'],
    ]);
  });

  test('a disk that is slower than checkpoints come', () => {
    const brain = train(equal, 5, 2);
    expect(hindrances(brain.state(), well)[0].reason).toContain('the checkpoint of step 2 is still being written');
  });

  test('a worker that was put aside', () => {
    const brain = drive(initialState(config, { committed: 0, validated: true, aside: { liar: 'wrong bits' } }));
    for (const name of ['a', 'b', 'liar']) brain.join(name);
    expect(hindrances(brain.state(), well)).toEqual([
      { kind: 'aside', cause: 'compute', worker: 'liar', reason: 'liar was put aside: wrong bits' },
    ]);
  });
});
