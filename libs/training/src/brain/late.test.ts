// What the brain does about workers that are late.

import { describe, expect, test } from 'vitest';
import { attempts } from './index.ts';
import { cancelled, computed, of, start, step, taskOf, timeOf } from './workbench.ts';

describe('a worker that is late', () => {
  test('one that stands still costs no more than its node again', () => {
    const brain = start({}, ['a', 'b', 'c', 'd']);
    step(brain, 100);
    step(brain, 100);
    const before = timeOf(brain);
    // d is frozen with its task; a tick comes every 100 ms.
    const effects = step(brain, 100, ['d']);
    expect(timeOf(brain) - before).toBeLessThanOrEqual(400);
    expect(of(effects, 'cancel').map(({ worker }) => worker)).toContain('d');
    expect(of(effects, 'commit')).toHaveLength(1);
  });

  test('in its very first task too', () => {
    const brain = start({}, ['a', 'b', 'c', 'd']);
    step(brain, 100, ['d']);
    expect(brain.state().committed).toBe(1);
    expect(timeOf(brain)).toBeLessThanOrEqual(500);
  });

  test('one that is silent, though nobody has shown yet what a task takes', () => {
    const brain = start({}, ['a', 'b', 'c', 'd']);
    const tasks = attempts(brain.state());
    expect(of(brain.wait(60_000), 'assign')).toEqual([]);
    brain.join('e');
    const effects = brain.wait(100, ['c']);
    const silent = tasks.find(({ worker }) => worker === 'c');
    expect(of(effects, 'assign').map(({ worker, node }) => [worker, node])).toEqual([['e', silent?.node]]);
  });

  test('a silent worker gets nothing new until it is heard of', () => {
    const brain = start({}, ['a', 'b']);
    step(brain, 100);
    for (const { worker, task } of attempts(brain.state())) if (worker === 'b') brain.send(computed('b', task));
    brain.wait(100, ['b']);
    const effects = brain.send(computed('a', taskOf(brain, 'a')?.task as number));
    expect(of(effects, 'commit')).toHaveLength(1);
    const next = brain.send({ type: 'committed', step: 2 });
    expect(of(next, 'assign').map(({ worker }) => worker)).toEqual(['a']);
    expect(of(brain.wait(100), 'assign').map(({ worker }) => worker)).toEqual(['b']);
  });

  test('it gets nothing new before it has answered, and then works on', () => {
    const brain = start({}, ['a', 'b']);
    step(brain, 100);
    step(brain, 100, ['b']);
    const effects = step(brain, 100, ['b']);
    expect(of(effects, 'assign').some(({ worker }) => worker === 'b')).toBe(false);
    const old = taskOf(brain, 'b');
    brain.send(computed('b', old?.task as number));
    const after = step(brain, 100);
    expect(of(after, 'assign').some(({ worker }) => worker === 'b')).toBe(true);
    expect(of(brain.log, 'add').some(({ task }) => task === old?.task)).toBe(false);
  });

  test('a large late node is split among those who are free', () => {
    const brain = start({ shards: 8 }, ['a', 'b']);
    step(brain, 100);
    // More workers come when the step is handed out already.
    for (const name of ['c', 'd', 'e']) brain.join(name);
    const late = taskOf(brain, 'b');
    expect(late?.node).toEqual({ first: 4, end: 8 });
    const effects = step(brain, 100, ['b']);
    const again = of(effects, 'assign').filter(({ node, step: of }) => of === 2 && node.first >= 4);
    expect(again.length).toBeGreaterThan(1);
    expect(new Set(again.map(({ worker }) => worker)).size).toBeGreaterThan(1);
  });

  test('whoever answers first counts, the late worker too', () => {
    const brain = start({}, ['a', 'b']);
    step(brain, 100);
    const late = taskOf(brain, 'b');
    const early = taskOf(brain, 'a');
    brain.wait(100);
    brain.send(computed('a', early?.task as number));
    brain.wait(1000);
    const again = taskOf(brain, 'a');
    expect(again?.node.first).toBe(late?.node.first);
    const effects = brain.send(computed('b', late?.task as number));
    expect(of(effects, 'add')).toEqual([{ type: 'add', task: late?.task, node: late?.node }]);
    expect(of(effects, 'cancel')).toEqual([{ type: 'cancel', worker: 'a', task: again?.task }]);
    expect(of(effects, 'commit')).toHaveLength(1);
  });

  test('free workers leave it to the two that compute it already, until those are late themselves', () => {
    const paces: Readonly<Record<string, number>> = { a: 250, b: 240, c: 230, d: 60, e: 60 };
    const brain = start({ shards: 1, steps: 20 }, Object.keys(paces));
    for (let guard = 0; brain.state().committed < 20; guard++) {
      expect(guard).toBeLessThan(1000);
      brain.wait(10);
      for (const { worker, task } of cancelled(brain)) {
        brain.send({ type: 'node-failed', worker, task, reason: 'cancelled', final: false });
      }
      const done = attempts(brain.state()).filter(({ worker, sinceMs }) => timeOf(brain) - sinceMs >= paces[worker]);
      for (const { worker, task } of done) {
        if (taskOf(brain, worker)?.standing !== 'cancelled') brain.send(computed(worker, task));
      }
      if (brain.state().committing) brain.send({ type: 'committed', step: brain.state().committed + 1 });
    }
    expect(of(brain.log, 'assign').length).toBeLessThan(2 * 20);
  });

  test('workers that are all slower than the first one are given time', () => {
    const brain = start({ shards: 1 }, ['a', 'b', 'c', 'd']);
    step(brain, 10, ['b', 'c', 'd']);
    brain.send({ type: 'worker-left', worker: 'a' });
    for (let guard = 0; brain.state().committed < 2; guard++) {
      expect(guard).toBeLessThan(100);
      brain.wait(50);
      for (const { worker, task } of cancelled(brain)) {
        brain.send({ type: 'node-failed', worker, task, reason: 'cancelled', final: false });
      }
      for (const { worker, task, sinceMs } of attempts(brain.state())) {
        if (timeOf(brain) - sinceMs >= 1000 && brain.state().round) brain.send(computed(worker, task));
      }
      if (brain.state().committing) brain.send({ type: 'committed', step: 2 });
    }
  });

  test('is helped in a validation too, which has no gradients to hold', () => {
    const validation = { validateEvery: 1, validationBatches: 1, validationShards: 3 };
    const brain = start({ shards: 1, slots: 2, ...validation }, ['a', 'b', 'c']);
    step(brain, 10);
    expect(brain.state().round?.phase).toBe('evaluation');
    for (let i = 0; i < 10; i++) {
      brain.wait(20);
      for (const { worker, task } of attempts(brain.state())) if (worker !== 'a') brain.send(computed(worker, task));
    }
    expect(of(brain.log, 'validated-batch')).toHaveLength(1);
  });

  test('is divided only where the gradients of all can be held', () => {
    const most = (slots: number) => {
      const brain = start({ shards: 5, slots }, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
      step(brain, 30);
      brain.send({ type: 'worker-left', worker: 'a' });
      for (let i = 0; i < 20; i++) brain.wait(100);
      return attempts(brain.state()).length;
    };
    expect(most(6)).toBe(5);
    expect(most(12)).toBeGreaterThan(5);
  });

  test('nobody is while the clock stands still', () => {
    const brain = start({}, ['a', 'b', 'c', 'd']);
    for (let i = 0; i < 3; i++) step(brain, 0);
    for (const { pace } of brain.state().workers) expect(pace.gradients?.roundMs).toBeGreaterThan(0);
  });

  test('a faster worker takes more', () => {
    const brain = start({ shards: 8, steps: 40 }, ['fast', 'slow']);
    for (let round = 0; round < 10; round++) {
      const begun = brain.state().committed;
      for (let guard = 0; brain.state().committed === begun; guard++) {
        expect(guard).toBeLessThan(1000);
        brain.wait(10);
        for (const { worker, task, sinceMs, node } of attempts(brain.state())) {
          const takes = (node.end - node.first) * (worker === 'fast' ? 20 : 80);
          if (timeOf(brain) - sinceMs >= takes) brain.send(computed(worker, task));
        }
        for (const { worker, task, sinceMs } of cancelled(brain)) {
          if (timeOf(brain) - sinceMs >= 80) brain.send(computed(worker, task));
        }
        if (brain.state().committing) brain.send({ type: 'committed', step: begun + 1 });
      }
    }
    const shards = (name: string) =>
      of(brain.log, 'commit')
        .flatMap(({ contributions }) => contributions)
        .reduce((sum, { worker, node }) => sum + (worker === name ? node.end - node.first : 0), 0);
    expect(shards('fast')).toBeGreaterThan(2.5 * shards('slow'));
    expect(shards('slow')).toBeGreaterThan(0);
  });
});
