// The end of a run: nothing new is computed, and the last checkpoint is on disk before it is said.

import type { Effect, Outcome } from './messages.ts';
import { due, lastGood, save } from './saving.ts';
import type { BrainState } from './state.ts';
import { cancel } from './workers.ts';

/** Marks the run as ending; the first reason counts, but who stops a run that waits for a disk waits no longer. */
export function end(state: BrainState, outcome: Outcome, reason: string, effects: Effect[]): BrainState {
  const still = cancel(state, () => true, effects);
  // Whoever waits for the disk waits no longer.
  const saving = { ...state.saving, retryAtMs: 0 };
  const waits = state.ending?.outcome === 'finished' && state.saving.failures > 0;
  const ending = state.ending === undefined || waits ? { outcome, reason } : state.ending;
  return { ...still, round: undefined, saving, ending };
}

/**
 * Ends the run once its last commit and its last checkpoint are through. One that has finished waits for a disk that
 * fails; one that is stopped can go on from the checkpoint before.
 */
export function finish(state: BrainState, effects: Effect[]): BrainState {
  const { ending, committing, rollingBack } = state;
  if (ending === undefined || committing || rollingBack) return state;
  const { outcome, reason } = ending;
  const next = outcome === 'failed' ? state : save(due(state), effects);
  if (next.saving.underWay !== undefined) return next;
  const unsaved = outcome !== 'failed' && next.written !== next.committed;
  if (unsaved && (outcome === 'finished' || next.saving.failures === 0)) return tellWaiting(next, effects);
  const at = outcome === 'failed' ? '' : ` after step ${next.committed}`;
  const lost = unsaved ? `; its checkpoint could not be written (${next.saving.fault}), ${lastGood(next)}` : '';
  effects.push({ type: 'end', outcome, reason: `${reason}${at}${lost}` });
  return { ...next, ended: true };
}

function tellWaiting(state: BrainState, effects: Effect[]): BrainState {
  const reason = `step ${state.committed} is the last; waiting for the disk: ${state.saving.fault}`;
  if (state.told === reason) return state;
  effects.push({ type: 'phase', phase: 'waiting', reason });
  return { ...state, told: reason };
}
