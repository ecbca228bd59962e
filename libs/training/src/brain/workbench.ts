// For tests of the brain: drives it, and answers as a healthy cluster would.

import { transition } from './brain.ts';
import type { Effect, Event, Offer } from './messages.ts';
import { type BrainConfig, type BrainState, initialState } from './state.ts';
import { attempts } from './workers.ts';

export const webasm: Offer = { engine: 'webasm', device: 'cpu', fingerprint: 'webasm/1', threads: 1 };

/** Runs events through the brain and keeps what it did. */
export function drive(start: BrainState) {
  let state = start;
  let nowMs = 0;
  const log: Effect[] = [];
  const send = (event: Event): readonly Effect[] => {
    const result = transition(state, event, nowMs);
    state = result.state;
    log.push(...result.effects);
    return result.effects;
  };
  const join = (worker: string, offers: Offer[] = [webasm]) => send({ type: 'worker-joined', worker, offers });
  const wait = (ms: number, silent: readonly string[] = []) => {
    nowMs += ms;
    return send({ type: 'tick', silent });
  };
  return { send, join, wait, log, state: () => state };
}

export const of = <T extends Effect['type']>(effects: readonly Effect[], type: T) =>
  effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);

export function computed(worker: string, task: number, digest = 'right', finite = true): Event {
  return { type: 'node-computed', worker, task, finite, digest, computeMs: 1 };
}

/** What a healthy shell would answer to the effects so far, oldest first. */
export function answers(effects: readonly Effect[]): Event[] {
  return effects.flatMap((effect): Event[] => {
    switch (effect.type) {
      case 'assign':
        return [computed(effect.worker, effect.task)];
      case 'commit':
        return [{ type: 'committed', step: effect.step }];
      case 'checkpoint':
        return [{ type: 'checkpoint-written', step: effect.step }];
      default:
        return [];
    }
  });
}

/** A run of four shards a step, audits off. */
export const config: BrainConfig = {
  shards: 4,
  slots: 20,
  steps: 8,
  validateEvery: 100,
  validationBatches: 0,
  validationShards: 0,
  stopsEarly: false,
  checkpointEvery: 2,
  minWorkers: 1,
  engine: 'auto',
  mixed: false,
  audit: 0,
  seed: 1,
};

export type Brain = ReturnType<typeof drive>;

/** A brain whose run is open, with workers of one thread. */
export function start(change: Partial<BrainConfig>, workers: readonly string[]): Brain {
  const brain = drive(initialState({ ...config, ...change }, { committed: 0, validated: true }));
  brain.send({
    type: 'opened',
    workers: workers.map((worker) => ({
      worker,
      offers: [{ engine: 'webasm', device: 'cpu', fingerprint: 'webasm/1', threads: 1 }],
    })),
  });
  return brain;
}

/** What a worker is asked to compute. */
export const taskOf = (brain: Brain, name: string) => brain.state().workers.find((one) => one.name === name)?.task;

/** Every worker but the silent ones answers after so many milliseconds, until a step is committed. */
export function step(brain: Brain, ms: number, silent: readonly string[] = []): readonly Effect[] {
  const begun = brain.log.length;
  const { committed } = brain.state();
  for (let guard = 0; brain.state().committed === committed && !brain.state().ended; guard++) {
    if (guard === 100) throw new Error(`step ${committed + 1} does not come to an end`);
    const asked = attempts(brain.state()).filter(({ worker }) => !silent.includes(worker));
    brain.wait(ms);
    for (const { worker, task } of asked) if (taskOf(brain, worker)?.task === task) brain.send(computed(worker, task));
    for (const { worker, task } of cancelled(brain)) {
      if (!silent.includes(worker))
        brain.send({ type: 'node-failed', worker, task, reason: 'cancelled', final: false });
    }
    if (brain.state().committing) brain.send({ type: 'committed', step: committed + 1 });
  }
  return brain.log.slice(begun);
}

/** Tasks that nobody waits for, and whose workers have not answered yet. */
export const cancelled = (brain: Brain) =>
  brain.state().workers.flatMap(({ task }) => (task?.standing === 'cancelled' ? [task] : []));

export const timeOf = (brain: Brain) => brain.state().nowMs;
