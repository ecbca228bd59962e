// What the brain does about workers that are wrong or not finite, and about disks that fail.

import { describe, expect, test } from 'vitest';
import { attempts, auditDue, initialState } from './index.ts';
import { answers, type Brain, cancelled, computed, config, drive, of, start, step, taskOf } from './workbench.ts';

describe('a gradient that is not finite', () => {
  const failing = (brain: Brain, bad: (worker: string, first: number, end: number) => boolean) => {
    for (let guard = 0; brain.state().committed === 0 && !brain.state().ended; guard++) {
      expect(guard).toBeLessThan(100);
      for (const { worker, task, node } of attempts(brain.state())) {
        if (taskOf(brain, worker)?.task !== task) continue;
        brain.send(computed(worker, task, 'x', !bad(worker, node.first, node.end)));
      }
      if (brain.state().committing) brain.send({ type: 'committed', step: 1 });
    }
  };

  test('is computed again by another worker, and the first is suspect', () => {
    const brain = start({}, ['a', 'b']);
    failing(brain, (worker) => worker === 'b');
    expect(brain.state().committed).toBe(1);
    expect(of(brain.log, 'suspect').map(({ worker }) => worker)).toEqual(['b']);
    const added = of(brain.log, 'add').map(({ task }) => task);
    for (const { task } of of(brain.log, 'drop')) expect(added).not.toContain(task);
  });

  test('again ends the run, with step, shard and last good checkpoint', () => {
    const brain = start({}, ['a', 'b']);
    failing(brain, (_, first, end) => first <= 2 && 2 < end);
    expect(brain.log.at(-1)).toMatchObject({ type: 'end', outcome: 'failed' });
    const [{ reason }] = of(brain.log, 'end');
    expect(reason).toContain('step 1: the gradient of shard 2 is not finite, as computed by');
    expect(reason).toContain('there is no checkpoint yet');
    expect(of(brain.log, 'suspect')).toEqual([]);
  });

  test('a worker that is alone computes it again itself', () => {
    const brain = start({}, ['a']);
    failing(brain, (_, first, end) => first <= 3 && 3 < end);
    const [{ reason }] = of(brain.log, 'end');
    expect(reason).toContain('shard 3');
  });
});

describe('audits', () => {
  const everything = { audit: 1, shards: 2 };

  /** Computes a step; a liar's digests are its own. */
  function audited(brain: Brain, liars: readonly string[]): void {
    const { committed } = brain.state();
    for (let guard = 0; brain.state().committed === committed && !brain.state().ended; guard++) {
      expect(guard).toBeLessThan(100);
      for (const { worker, task } of attempts(brain.state())) {
        if (taskOf(brain, worker)?.task !== task) continue;
        brain.send(computed(worker, task, liars.includes(worker) ? worker : 'right'));
      }
      for (const { worker, task } of cancelled(brain)) brain.send(computed(worker, task));
      const back = brain.log.findLast(({ type }) => type === 'roll-back');
      if (brain.state().rollingBack && back?.type === 'roll-back') {
        const written = of(brain.log, 'checkpoint').map(({ step }) => step);
        const to = Math.max(0, ...written.filter((one) => one <= back.to));
        brain.send({ type: 'rolled-back', step: to, validated: true });
        return;
      }
      if (brain.state().committing) brain.send({ type: 'committed', step: brain.state().committed + 1 });
      for (const event of answers(of(brain.log, 'checkpoint').slice(-1))) brain.send(event);
    }
  }

  test('wait for a second worker, and say so', () => {
    const brain = start(everything, ['a']);
    expect(brain.log).toMatchObject([
      {
        type: 'phase',
        reason: 'waiting for 2 workers (1 here) of one arithmetic: training.audit has work computed twice',
      },
      {},
    ]);
    brain.join('b');
    brain.send({ type: 'worker-left', worker: 'b' });
    const task = taskOf(brain, 'a')?.task as number;
    const effects = brain.send(computed('a', task));
    expect(of(effects, 'commit')).toEqual([]);
    for (const attempt of attempts(brain.state())) brain.send(computed('a', attempt.task));
    expect(of(brain.log, 'phase').at(-1)?.reason).toContain('waits for another worker');
  });

  test('a node is added once two workers agree, and computed by two different ones', () => {
    const brain = start(everything, ['a', 'b', 'c']);
    for (let i = 0; i < 5; i++) audited(brain, []);
    expect(brain.state().committed).toBe(5);
    const assigned = of(brain.log, 'assign').filter(({ step: of }) => of <= 5);
    for (const { step: at, node } of assigned) {
      const who = assigned.filter((one) => one.step === at && one.node.first === node.first);
      expect(who).toHaveLength(2);
      expect(who[0].worker).not.toBe(who[1].worker);
    }
    expect(of(brain.log, 'roll-back')).toEqual([]);
  });

  test('a third decides, the culprit is put aside, and no wrong node is added', () => {
    const brain = start(everything, ['a', 'b', 'c']);
    for (let i = 0; i < 4; i++) audited(brain, ['b']);
    expect(of(brain.log, 'put-aside').map(({ worker }) => worker)).toEqual(['b']);
    const byLiar = of(brain.log, 'assign').flatMap(({ worker, task }) => (worker === 'b' ? [task] : []));
    for (const { task } of of(brain.log, 'add')) expect(byLiar).not.toContain(task);
    expect(of(brain.log, 'roll-back')).toEqual([]);
    expect(brain.state().committed).toBe(4);
  });

  test('an answer that is not finite makes its worker suspect, and says nothing of the node', () => {
    const brain = start(everything, ['a', 'b']);
    for (const { worker, task } of attempts(brain.state())) brain.send(computed(worker, task));
    const { task } = taskOf(brain, 'b') as { task: number };
    const effects = brain.send(computed('b', task, 'not finite', false));
    expect(of(effects, 'suspect').map(({ worker }) => worker)).toEqual(['b']);
    expect(of(effects, 'drop')).toEqual([{ type: 'drop', task }]);
    audited(brain, []);
    expect(brain.state().committed).toBe(1);
    expect(of(brain.log, 'put-aside')).toEqual([]);
  });

  test('with two workers that differ the run stops and names both', () => {
    const brain = start(everything, ['a', 'b']);
    audited(brain, ['b']);
    const [{ outcome, reason }] = of(brain.log, 'end');
    expect(outcome).toBe('failed');
    expect(reason).toMatch(/step 1: (a and b|b and a) computed different gradients .* no third worker to decide/);
  });

  test('three different answers stop the run', () => {
    const brain = start(everything, ['a', 'b', 'c']);
    audited(brain, ['b', 'c']);
    expect(of(brain.log, 'end')[0].reason).toContain('all different');
  });

  test('the run goes back to before the first node of the culprit that nobody checked', () => {
    const audit = 0.3;
    const brain = start({ audit, shards: 4, steps: 60 }, ['a', 'b', 'c']);
    while (of(brain.log, 'put-aside').length === 0) audited(brain, brain.state().committed < 10 ? [] : ['b']);
    const [{ to }] = of(brain.log, 'roll-back');
    // Whatever it might have spoilt comes after.
    const spoilt = of(brain.log, 'commit').filter(
      ({ step: at, contributions }) =>
        at > 10 && contributions.some(({ worker, node }) => worker === 'b' && !auditDue({ audit, seed: 1 }, at, node)),
    );
    for (const { step: at } of spoilt) expect(at).toBeGreaterThan(to);
    const begun = brain.state().committed;
    expect(begun).toBeLessThanOrEqual(to);
    while (!brain.state().ended) audited(brain, []);
    expect(of(brain.log, 'end')[0].outcome).toBe('finished');
    // Checkpoints that a roll-back may need were named.
    expect(of(brain.log, 'checkpoint').some(({ needed }) => needed.length > 0)).toBe(true);
  });

  test('a culprit that passed audits is undone from its last passed one on, whatever was not checked before', () => {
    const audit = 0.5;
    const brain = start({ audit, shards: 4, steps: 60, checkpointEvery: 50 }, ['a', 'b', 'c']);
    for (let i = 0; i < 12; i++) audited(brain, []);
    while (of(brain.log, 'put-aside').length === 0) audited(brain, ['b']);
    const [{ to }] = of(brain.log, 'roll-back');
    // It passed an audit in nearly every step, and before that step it is taken for right.
    expect(to).toBeGreaterThan(5);
    expect(to).toBeLessThanOrEqual(11);
    expect(of(brain.log, 'put-aside')[0].reason).toMatch(/its gradient of the shards .* differs from that of . and .,/);
  });

  test.each([
    { doubts: { b: 2 }, to: [2] },
    { doubts: { a: 2 }, to: [] },
  ])('a resumed run knows from its checkpoint up to where its workers were trusted: $doubts', ({ doubts, to }) => {
    const brain = drive(initialState({ ...config, ...everything }, { committed: 4, validated: true, doubts }));
    for (const worker of ['a', 'b', 'c']) brain.join(worker);
    while (of(brain.log, 'put-aside').length === 0) audited(brain, ['b']);
    expect(of(brain.log, 'roll-back').map((effect) => effect.to)).toEqual(to);
  });

  test('a checkpoint says up to where workers are trusted, those that are away too', () => {
    const brain = start({ audit: 1e-9, checkpointEvery: 3 }, ['a', 'b', 'c']);
    step(brain, 10);
    brain.send({ type: 'worker-left', worker: 'c' });
    brain.join('constructor');
    step(brain, 10);
    step(brain, 10);
    expect(of(brain.log, 'checkpoint')).toEqual([
      { type: 'checkpoint', step: 3, needed: [0, 1], doubts: { a: 0, b: 0, c: 0, constructor: 1 } },
    ]);
  });

  test('the share is kept', () => {
    const nodes = Array.from({ length: 4000 }, (_, i) => ({ step: i, node: { first: 0, end: 1 } }));
    const count = nodes.filter(({ step: at, node }) => auditDue({ audit: 0.05, seed: 3 }, at, node)).length;
    expect(count / nodes.length).toBeCloseTo(0.05, 1);
    expect(nodes.every(({ step: at, node }) => auditDue({ audit: 1, seed: 3 }, at, node))).toBe(true);
    expect(nodes.some(({ step: at, node }) => auditDue({ audit: 0, seed: 3 }, at, node))).toBe(false);
  });
});

describe('workers that come back', () => {
  test('a worker whose tasks failed is known by its name', () => {
    const brain = start({}, ['a', 'b']);
    for (let i = 0; i < 3; i++) {
      const task = taskOf(brain, 'b')?.task as number;
      brain.send({ type: 'node-failed', worker: 'b', task, reason: 'misshapen', final: false });
      brain.send({ type: 'worker-left', worker: 'b' });
      brain.join('b');
    }
    expect(taskOf(brain, 'b')).toBeUndefined();
    expect(of(brain.log, 'idle').at(-1)).toMatchObject({ worker: 'b', reason: '3 of its tasks failed in this run' });
  });

  test('the failure of a worker that leaves does not end the run', () => {
    const brain = start({}, ['a']);
    const task = taskOf(brain, 'a')?.task as number;
    brain.send({ type: 'worker-leaving', worker: 'a' });
    brain.send({ type: 'node-failed', worker: 'a', task, reason: 'device lost', final: false });
    expect(brain.state().ended).toBe(false);
    brain.send({ type: 'worker-left', worker: 'a' });
    expect(of(brain.join('b'), 'assign').map(({ worker }) => worker)).toEqual(['b']);
  });

  test('one that was put aside stays aside, also in a resumed run', () => {
    const resumption = { committed: 0, validated: true, aside: { b: 'wrong bits' } };
    const brain = drive(initialState(config, resumption));
    brain.join('a');
    const effects = brain.join('b');
    expect(of(effects, 'idle')).toMatchObject([{ worker: 'b', reason: 'put aside: wrong bits' }]);
  });

  test('a run that goes on does not wait for another in the place of one that was put aside', () => {
    const resumption = { committed: 0, validated: true, aside: { b: 'wrong bits' } };
    const brain = drive(initialState({ ...config, minWorkers: 2 }, resumption));
    brain.join('b');
    expect(brain.state().started).toBe(false);
    brain.join('a');
    expect(taskOf(brain, 'a')).toBeDefined();
  });

  test('answers to tasks that a worker does not have are refused and counted', () => {
    const brain = start({}, ['a', 'b']);
    for (let i = 0; i < 3; i++) brain.send(computed('b', 77 + i));
    expect(of(brain.log, 'refuse')).toHaveLength(3);
    expect(of(brain.log, 'idle').at(-1)).toMatchObject({ worker: 'b' });
  });
});

describe('a disk that fails', () => {
  test('training goes on, and the newest step is tried again', () => {
    const brain = start({}, ['a', 'b']);
    step(brain, 10);
    step(brain, 10);
    expect(of(brain.log, 'checkpoint')).toMatchObject([{ step: 2 }]);
    brain.send({ type: 'checkpoint-failed', step: 2, reason: 'no space left on device', diverged: false });
    step(brain, 10);
    expect(of(brain.log, 'checkpoint')).toHaveLength(1);
    brain.wait(1000);
    expect(of(brain.log, 'checkpoint').at(-1)).toMatchObject({ step: 3 });
    brain.send({ type: 'checkpoint-failed', step: 3, reason: 'no space left on device', diverged: false });
    brain.wait(1000);
    expect(of(brain.log, 'checkpoint')).toHaveLength(2);
    brain.wait(1000);
    expect(of(brain.log, 'checkpoint')).toHaveLength(3);
    expect(of(brain.log, 'end')).toEqual([]);
  });

  test('a run that has finished waits for the disk and says so', () => {
    const brain = start({ steps: 1 }, ['a']);
    step(brain, 10);
    brain.send({ type: 'checkpoint-failed', step: 1, reason: 'read-only file system', diverged: false });
    expect(of(brain.log, 'phase').at(-1)).toMatchObject({
      phase: 'waiting',
      reason: 'step 1 is the last; waiting for the disk: read-only file system',
    });
    expect(of(brain.log, 'end')).toEqual([]);
    brain.wait(1000);
    brain.send({ type: 'checkpoint-written', step: 1 });
    expect(of(brain.log, 'end')).toMatchObject([{ outcome: 'finished' }]);
  });

  test('a run that is stopped ends without the checkpoint and says so', () => {
    const brain = start({}, ['a']);
    step(brain, 10);
    brain.send({ type: 'stop', reason: 'interrupted' });
    brain.send({ type: 'checkpoint-failed', step: 1, reason: 'no space', diverged: false });
    expect(of(brain.log, 'end')[0].reason).toBe(
      'interrupted after step 1; its checkpoint could not be written (no space), there is no checkpoint yet',
    );
  });

  test('weights that are not finite end the run', () => {
    const brain = start({}, ['a']);
    step(brain, 10);
    step(brain, 10);
    brain.send({ type: 'checkpoint-failed', step: 2, reason: 'the weights are not finite', diverged: true });
    expect(of(brain.log, 'end')).toMatchObject([{ outcome: 'failed' }]);
  });

  test('a slow disk holds nothing up: the next checkpoint comes when the one before is through', () => {
    const brain = start({}, ['a', 'b']);
    for (let i = 0; i < 5; i++) step(brain, 10);
    expect(of(brain.log, 'checkpoint').map(({ step: at }) => at)).toEqual([2]);
    brain.send({ type: 'checkpoint-written', step: 2 });
    expect(of(brain.log, 'checkpoint').map(({ step: at }) => at)).toEqual([2, 5]);
  });
});
