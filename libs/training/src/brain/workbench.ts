// For tests of the brain: drives it, and answers as a healthy cluster would.

import { transition } from './brain.ts';
import type { Effect, Event, Offer } from './messages.ts';
import type { BrainState } from './state.ts';

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
  const wait = (ms: number) => {
    nowMs += ms;
    return send({ type: 'tick' });
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
