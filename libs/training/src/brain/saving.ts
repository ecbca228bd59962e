// When checkpoints are written, and again after a failure: training goes on meanwhile.

import { doubts, stepsInDoubt } from './audit.ts';
import type { Effect } from './messages.ts';
import type { BrainState } from './state.ts';

const firstRetryMs = 1000;
const lastRetryMs = 60_000;

/** A checkpoint of the newest committed step is due. */
export function due(state: BrainState): BrainState {
  const { written, committed, saving } = state;
  if (written === committed || saving.underWay === committed) return state;
  return { ...state, saving: { ...saving, due: true } };
}

/** Asks for a checkpoint that is due, one at a time, and not in the middle of a commit or a validation. */
export function save(state: BrainState, effects: Effect[]): BrainState {
  const { saving, committed, committing, round, nowMs } = state;
  if (!saving.due || saving.underWay !== undefined || committing || round?.phase === 'evaluation') return state;
  if (nowMs < saving.retryAtMs) return state;
  effects.push({ type: 'checkpoint', step: committed, needed: stepsInDoubt(state), doubts: doubts(state) });
  return { ...state, saving: { ...saving, due: false, underWay: committed } };
}

export function saved(state: BrainState, step: number): BrainState {
  // One that a roll-back overtook.
  if (state.saving.underWay !== step) return state;
  const { due: stillDue } = state.saving;
  const saving = { due: stillDue, underWay: undefined, failures: 0, fault: undefined, retryAtMs: 0 };
  return { ...state, written: step, saving };
}

/** Another try follows, of whatever step is the newest then. */
export function notSaved(state: BrainState, step: number, fault: string): BrainState {
  const { saving, nowMs } = state;
  if (saving.underWay !== step) return state;
  // An older one that fails as the run ends says nothing of the last.
  const isLast = state.ending === undefined || step === state.committed;
  const retryAtMs = isLast ? nowMs + Math.min(lastRetryMs, firstRetryMs * 2 ** saving.failures) : 0;
  const failures = isLast ? saving.failures + 1 : 0;
  return { ...state, saving: { due: true, underWay: undefined, failures, fault, retryAtMs } };
}

/** For people: what a run can go back to. */
export function lastGood({ written }: BrainState): string {
  return written > 0 ? `the last good checkpoint is that of step ${written}` : 'there is no checkpoint yet';
}
