// The brain under random schedules of joins, losses, failures and stops: whatever happens, every step commits once,
// with every shard once, computed by workers that were there.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attempts, type BrainConfig, type Effect, type Event, initialState, type Offer } from './index.ts';
import { answers, drive as driveFrom, of, webasm } from './workbench.ts';

const config: BrainConfig = {
  shards: 5,
  slots: 20,
  steps: 6,
  validateEvery: 2,
  validationBatches: 2,
  validationShards: 3,
  stopsEarly: false,
  checkpointEvery: 3,
  minWorkers: 2,
  engine: 'auto',
  mixed: false,
  audit: 0,
  seed: 1,
};

const drive = (start = initialState(config, { committed: 0, validated: true })) => driveFrom(start);

/** Answers everything, in the order that `pick` chooses, until nothing is left to answer. */
function runToTheEnd(brain: ReturnType<typeof drive>, pick: (count: number) => number = () => 0): void {
  let queue = answers(brain.log);
  for (let guard = 0; queue.length > 0; guard++) {
    expect(guard).toBeLessThan(10_000);
    const [event] = queue.splice(pick(queue.length), 1);
    queue = [...queue, ...answers(brain.send(event))];
  }
}

function expectEveryStepOnce(log: readonly Effect[], from = 1): void {
  expect(of(log, 'commit').map(({ step }) => step)).toEqual(
    Array.from({ length: config.steps - from + 1 }, (_, i) => from + i),
  );
  for (const { contributions } of of(log, 'commit')) {
    const shards = contributions.flatMap(({ node }) => range(node.first, node.end));
    expect(shards).toEqual(range(0, config.shards));
  }
}

const range = (first: number, end: number) => Array.from({ length: end - first }, (_, i) => first + i);

describe('the brain', () => {
  test('a run that nobody is there for says so once', () => {
    const { send } = drive();
    const reason = 'waiting for 2 workers (0 here) of one arithmetic';
    expect(send({ type: 'opened', workers: [] })).toEqual([{ type: 'phase', phase: 'waiting', reason }]);
    expect(send({ type: 'opened', workers: [] })).toEqual([]);
  });

  test('waits for its workers and says for how many', () => {
    const brain = drive();
    const [waiting] = of(brain.join('a'), 'phase');
    expect(waiting).toMatchObject({ phase: 'waiting', reason: 'waiting for 2 workers (1 here) of one arithmetic' });
    expect(of(brain.log, 'idle')).toEqual([{ type: 'idle', worker: 'a', reason: waiting.reason }]);
    const effects = brain.join('b');
    expect(of(effects, 'pin')).toEqual([{ type: 'pin', arithmetic: { engine: 'webasm', fingerprint: 'webasm/1' } }]);
    expect(of(effects, 'assign').map(({ worker }) => worker)).toEqual(['a', 'b']);
  });

  test('trains, validates, checkpoints and ends', () => {
    const brain = drive();
    brain.join('a');
    brain.join('b');
    runToTheEnd(brain);
    expectEveryStepOnce(brain.log);
    expect(of(brain.log, 'validated-batch').map(({ step, batch }) => [step, batch])).toEqual([
      [2, 0],
      [2, 1],
      [4, 0],
      [4, 1],
      [6, 0],
      [6, 1],
    ]);
    expect(of(brain.log, 'checkpoint').map(({ step }) => step)).toEqual([3, 6]);
    expect(brain.log.at(-1)).toEqual({ type: 'end', outcome: 'finished', reason: 'finished after step 6' });
  });

  test('gives the node of a worker that left to another', () => {
    const brain = drive();
    brain.join('a');
    brain.join('b');
    const lost = of(brain.log, 'assign').find(({ worker }) => worker === 'b');
    brain.send({ type: 'worker-left', worker: 'b' });
    runToTheEnd(brain);
    expectEveryStepOnce(brain.log);
    expect(lost?.step).toBe(1);
  });

  test('tells a worker of another arithmetic why it idles', () => {
    const brain = drive();
    brain.join('a');
    brain.join('b');
    const [idle] = of(brain.join('c', [{ ...webasm, fingerprint: 'webasm/2' }]), 'idle');
    expect(idle.worker).toBe('c');
    expect(idle.reason).toContain("pinned to the arithmetic webasm/1, this worker's is webasm/2");
    runToTheEnd(brain);
    expect(of(brain.log, 'assign').some(({ worker }) => worker === 'c')).toBe(false);
  });

  test('auto leaves out a software GPU and takes a real one first', () => {
    const gpu = (device: Offer['device'], fingerprint: string): Offer => ({
      engine: 'webgpu',
      device,
      fingerprint,
      threads: 1,
    });
    const software = drive();
    software.join('a', [gpu('software-gpu', 's'), webasm]);
    software.join('b', [gpu('software-gpu', 's'), webasm]);
    expect(software.state().arithmetic?.engine).toBe('webasm');
    const real = drive();
    real.join('a', [webasm, gpu('gpu', 'g')]);
    real.join('b', [webasm, gpu('gpu', 'g')]);
    expect(real.state().arithmetic).toEqual({ engine: 'webgpu', fingerprint: 'g' });
  });

  test('auto chooses among all workers that are there, not from the first', () => {
    const brain = drive(initialState({ ...config, minWorkers: 1 }, { committed: 0, validated: true }));
    const js: Offer = { engine: 'js', device: 'cpu', fingerprint: 'js/1', threads: 1 };
    const effects = brain.send({
      type: 'opened',
      workers: [
        { worker: 'a', offers: [js] },
        { worker: 'b', offers: [js, webasm] },
      ],
    });
    expect(brain.state().arithmetic?.engine).toBe('webasm');
    expect(of(effects, 'phase').map(({ phase }) => phase)).toEqual(['training']);
    expect(of(effects, 'assign').map(({ worker }) => worker)).toEqual(['b']);
  });

  test('ends as failed when no worker can compute a node, with the reason', () => {
    const brain = drive();
    brain.join('a');
    brain.join('b');
    for (let guard = 0; guard < 20 && !brain.state().ended; guard++) {
      for (const { task, worker } of attempts(brain.state())) {
        brain.send({ type: 'node-failed', worker, task, reason: 'device lost', final: false });
      }
    }
    expect(brain.log.at(-1)).toMatchObject({
      type: 'end',
      outcome: 'failed',
      reason: expect.stringContaining('device lost'),
    });
    expect(of(brain.log, 'commit')).toEqual([]);
  });

  test('a worker that can compute none of the nodes is asked once', () => {
    const brain = drive();
    brain.join('a');
    brain.join('b');
    const fail = (name: string) => {
      const running = attempts(brain.state()).find(({ worker }) => worker === name);
      const task = running?.task as number;
      return brain.send({ type: 'node-failed', worker: name, task, reason: 'too large', final: true });
    };
    expect(of(fail('a'), 'assign').map(({ worker }) => worker)).not.toContain('a');
    expect(of(fail('b'), 'end')).toMatchObject([{ outcome: 'failed', reason: expect.stringContaining('too large') }]);
  });

  test('a resumed run says who is there with another arithmetic', () => {
    const arithmetic = { engine: 'webasm', fingerprint: 'webasm/1' } as const;
    const brain = drive(initialState(config, { committed: 2, validated: true, arithmetic }));
    brain.join('a', [{ ...webasm, fingerprint: 'webasm/2' }]);
    const js: Offer = { ...webasm, engine: 'js' };
    expect(of(brain.join('b', [js]), 'phase').map(({ reason }) => reason)).toEqual([
      'waiting for 2 workers (0 here) with the arithmetic webasm/1; a has webasm/2; b does not offer webasm',
    ]);
  });

  test('a diverged step ends the run without a checkpoint of it', () => {
    const brain = drive();
    brain.join('a');
    brain.join('b');
    while (of(brain.log, 'commit').length === 0) {
      for (const event of answers(brain.log)) if (event.type === 'node-computed') brain.send(event);
    }
    brain.send({ type: 'diverged', step: 1 });
    expect(of(brain.log, 'checkpoint')).toEqual([]);
    expect(brain.log.at(-1)).toMatchObject({
      type: 'end',
      outcome: 'failed',
      reason: expect.stringContaining('step 1'),
    });
  });

  test('a stop writes a checkpoint of the last commit before it ends', () => {
    const brain = drive(initialState(config, { committed: 3, validated: true }));
    brain.join('a');
    brain.join('b');
    const queue = answers(brain.log);
    while (of(brain.log, 'commit').length === 0) queue.push(...answers(brain.send(queue.shift() as Event)));
    brain.send({ type: 'stop', reason: 'paused' });
    expect(of(brain.log, 'checkpoint')).toEqual([]);
    brain.send({ type: 'committed', step: 4 });
    expect(of(brain.log, 'checkpoint')).toEqual([{ type: 'checkpoint', step: 4, needed: [], doubts: {} }]);
    expect(of(brain.log, 'end')).toEqual([]);
    brain.send({ type: 'checkpoint-written', step: 4 });
    expect(brain.log.at(-1)).toEqual({ type: 'end', outcome: 'paused', reason: 'paused after step 4' });
  });

  test('goes on from a checkpoint whose validation was missed with that validation', () => {
    const brain = drive(initialState(config, { committed: 4, validated: false }));
    brain.join('a');
    brain.join('b');
    runToTheEnd(brain);
    expect(of(brain.log, 'validated-batch').map(({ step }) => step)).toEqual([4, 4, 6, 6]);
    expectEveryStepOnce(brain.log, 5);
  });

  test('random schedules of joins, losses, failures and late answers', () => {
    const happening = fc.oneof(
      { weight: 12, arbitrary: fc.record({ type: fc.constant('answer' as const), pick: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('join' as const), pick: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('lose' as const), pick: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), pick: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('fail' as const), pick: fc.nat() }) },
    );
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 120 }), (schedule) => {
        const brain = drive();
        let queue: Event[] = [];
        let joined = 0;
        const note = (effects: readonly Effect[]) => queue.push(...answers(effects));
        const join = () => note(brain.join(`w${joined++}`));
        for (const { type, pick } of schedule) {
          const { workers, ended } = brain.state();
          if (ended) break;
          const worker = workers[pick % Math.max(1, workers.length)];
          if (type === 'join') join();
          if (type === 'answer' && queue.length > 0) note(brain.send(queue.splice(pick % queue.length, 1)[0]));
          if (type === 'lose' && worker) {
            queue = queue.filter((event) => !('worker' in event && event.worker === worker.name));
            note(brain.send({ type: 'worker-left', worker: worker.name }));
          }
          if (type === 'leave' && worker) note(brain.send({ type: 'worker-leaving', worker: worker.name }));
          if (type === 'fail' && worker?.task !== undefined) {
            note(
              brain.send({
                type: 'node-failed',
                worker: worker.name,
                task: worker.task.task,
                reason: 'planted',
                final: false,
              }),
            );
          }
        }
        join();
        join();
        for (let guard = 0; queue.length > 0; guard++) {
          expect(guard).toBeLessThan(10_000);
          note(brain.send(queue.shift() as Event));
        }
        expect(brain.state().ended).toBe(true);
        if (of(brain.log, 'end')[0].outcome === 'finished') expectEveryStepOnce(brain.log);
        const counted = new Set(
          of(brain.log, 'commit').flatMap(({ contributions }) => contributions.map(({ task }) => task)),
        );
        for (const { task } of [...of(brain.log, 'drop'), ...of(brain.log, 'cancel')]) {
          expect(counted.has(task)).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a run that stops early', () => {
  const stopping = () =>
    drive(initialState({ ...config, stopsEarly: true, minWorkers: 1 }, { committed: 0, validated: true }));

  /** Answers everything but verdicts, which come as `enough` says, until nothing is left to answer. */
  function run(brain: ReturnType<typeof drive>, enough: (step: number) => boolean): void {
    let seen = 0;
    for (let queue: Event[] = answers(brain.log); queue.length > 0; ) {
      queue = queue.flatMap((event) => answers(brain.send(event)));
      const verdicts = of(brain.log, 'validated-batch').filter(({ last }) => last);
      for (const { step } of verdicts.slice(seen)) {
        expect(of(brain.log, 'assign').at(-1)).toMatchObject({ phase: 'evaluation', step });
        queue.push(...answers(brain.send({ type: 'judged', step, enough: enough(step) })));
      }
      seen = verdicts.length;
    }
  }

  test('waits for the verdict on every validation, and goes on while it is no', () => {
    const brain = stopping();
    brain.join('a');
    run(brain, () => false);
    expectEveryStepOnce(brain.log);
    expect(of(brain.log, 'end')).toMatchObject([{ outcome: 'finished', reason: 'finished after step 6' }]);
  });

  test('ends with a checkpoint of the step that was judged', () => {
    const brain = stopping();
    brain.join('a');
    run(brain, (step) => step === 4);
    expect(of(brain.log, 'commit').at(-1)?.step).toBe(4);
    expect(of(brain.log, 'checkpoint').at(-1)?.step).toBe(4);
    const reason = 'no better for long enough: finished after step 4';
    expect(of(brain.log, 'end')).toMatchObject([{ outcome: 'finished', reason }]);
  });

  test('a verdict on a step that is not judged is not listened to', () => {
    const brain = stopping();
    brain.join('a');
    expect(brain.send({ type: 'judged', step: 0, enough: true })).toEqual([]);
    run(brain, () => false);
    expect(of(brain.log, 'commit').at(-1)?.step).toBe(6);
  });
});
