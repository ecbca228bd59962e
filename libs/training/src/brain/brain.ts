// The coordinator's brain: (state, event, time) → (state, effects), without clock, sockets or disk.
//
// A run waits for its workers, then goes round after round: a training step's nodes are handed out, computed, and
// committed; validation and checkpoints follow a commit; after the last one the run ends. Which worker computes what,
// how often and in which order never changes the sums.

import { noteUnaudited, rolledBack } from './audit.ts';
import { chooseArithmetic, eligible, failuresAllowed, lacksAuditor, objection } from './eligibility.ts';
import { end, finish } from './ending.ts';
import type { Arithmetic, Contribution, Effect, Event } from './messages.ts';
import { measured } from './pace.ts';
import { beginRound, blame, dispatch, isComplete, takeIn } from './round.ts';
import { due, lastGood, notSaved, save, saved } from './saving.ts';
import { type Attempt, type BrainState, type Round, type WorkerState, workerOf } from './state.ts';
import { validationDue } from './validation.ts';
import { fault, join, leave, taskOf, updateWorker } from './workers.ts';

export interface Transition {
  readonly state: BrainState;
  readonly effects: readonly Effect[];
}

/**
 * What the brain does about an event. Pure: the same state, event and time give the same answer.
 * @param atMs of a clock that does not go back; times decide who computes what, never what is computed.
 */
export function transition(before: BrainState, event: Event, atMs: number): Transition {
  const effects: Effect[] = [];
  if (before.ended) return { state: before, effects };
  const now = { ...before, nowMs: Math.max(before.nowMs, atMs) };
  return { state: proceed(note(now, event, effects), effects), effects };
}

/** Takes the event in: what is now known, without deciding what to do next. */
function note(state: BrainState, event: Event, effects: Effect[]): BrainState {
  switch (event.type) {
    case 'opened':
      return event.workers.reduce(join, state);
    case 'worker-joined':
      return join(state, event);
    case 'worker-left':
      return leave(state, event.worker, effects);
    case 'worker-leaving':
      return updateWorker(state, event.worker, { leaving: true });
    case 'node-computed':
      return computed(state, event, effects);
    case 'node-failed':
      return failed(state, event, effects);
    case 'committed':
      return committed(state, event.step, effects);
    case 'diverged': {
      const reason = `step ${event.step}: the gradient is not finite, the run has diverged; ${lastGood(state)}`;
      return end({ ...state, committing: false }, 'failed', reason, effects);
    }
    case 'checkpoint-written':
      return saved(state, event.step);
    case 'checkpoint-failed': {
      const isWaitedFor = state.saving.underWay === event.step && !state.rollingBack;
      const still = notSaved(state, event.step, event.reason);
      return event.diverged && isWaitedFor
        ? end(still, 'failed', `${event.reason}; ${lastGood(state)}`, effects)
        : still;
    }
    case 'rolled-back':
      return afterRollBack(rolledBack(state, event.step), event.validated, effects);
    case 'judged':
      return judged(state, event, effects);
    case 'stop':
      return end(state, event.reason, event.reason, effects);
    case 'tick':
      return { ...state, silent: event.silent };
  }
}

/** Decides what follows from what is known: end, wait, or hand out work. */
function proceed(state: BrainState, effects: Effect[]): BrainState {
  if (state.ending !== undefined) return finish(state, effects);
  if (state.rollingBack) return state;
  const started = state.started ? state : start(state, effects);
  if (!started.started) return started;
  const through = completeRound(started, effects);
  const handedOut = dispatch(save(through, effects), effects);
  if (handedOut.ending !== undefined) return finish(handedOut, effects);
  return tellWorkers(tellPhase(handedOut, effects), effects);
}

function start(state: BrainState, effects: Effect[]): BrainState {
  const choice = chooseArithmetic(state);
  if ('waitingFor' in choice) {
    const reason = `waiting for ${choice.waitingFor}`;
    if (reason === state.told) return state;
    effects.push({ type: 'phase', phase: 'waiting', reason });
    return state.workers.reduce((next, worker) => tell(next, worker, reason, effects), { ...state, told: reason });
  }
  const { arithmetic } = choice;
  if (state.arithmetic === undefined) effects.push({ type: 'pin', arithmetic });
  const reason = `engine ${arithmetic.engine}, from step ${state.committed + 1}`;
  effects.push({ type: 'phase', phase: 'training', reason });
  const started = { ...state, arithmetic, started: true, told: reason };
  return state.owesValidation ? afterCommit(started, effects) : nextStep(started, effects);
}

function afterRollBack(state: BrainState, validated: boolean, effects: Effect[]): BrainState {
  if (state.ending !== undefined) return state;
  return validated ? nextStep(state, effects) : afterCommit({ ...state, owesValidation: true }, effects);
}

/** The round after `committed` steps, or the end of the run. */
function nextStep(state: BrainState, effects: Effect[]): BrainState {
  const step = state.committed + 1;
  if (step > state.config.steps)
    return end(state, 'finished', state.endsEarly ? 'no better for long enough: finished' : 'finished', effects);
  return beginRound(state, 'gradients', step, step);
}

function committed(state: BrainState, step: number, effects: Effect[]): BrainState {
  return afterCommit(blame({ ...state, committed: step, committing: false }, step, effects), effects);
}

/** After a commit: validation when it is due, else on. */
function afterCommit(state: BrainState, effects: Effect[]): BrainState {
  if (state.ending !== undefined) return state;
  if (validationDue(state.config, state.committed)) return beginRound(state, 'evaluation', state.committed, 0);
  return afterValidation(state, effects);
}

/** After a commit and its validation: a checkpoint when it is due, then the next step. */
function afterValidation(state: BrainState, effects: Effect[]): BrainState {
  const { checkpointEvery, steps } = state.config;
  const isDue = state.committed % checkpointEvery === 0 || state.committed === steps;
  // The checkpoint that the run goes on from does not know the loss that it owed.
  const owed: BrainState = { ...state, owesValidation: false, saving: { ...state.saving, due: true } };
  if (state.owesValidation) return nextStep(owed, effects);
  return nextStep(isDue ? due(state) : state, effects);
}

function computed(state: BrainState, event: Extract<Event, { type: 'node-computed' }>, effects: Effect[]): BrainState {
  const { worker: name, task, finite, digest, computeMs } = event;
  const attempt = taskOf(state, name, task);
  if (attempt === undefined) return refuse(state, name, task, effects);
  const worker = workerOf(state, name);
  const change = { ...measured(state, worker, attempt, computeMs), task: undefined };
  if (attempt.standing === 'cancelled') return updateWorker(state, name, change);
  const freed = updateWorker(state, name, { ...change, nodes: worker.nodes + 1 });
  return takeIn(freed, attempt, { ...contribution(attempt), finite, digest }, effects);
}

const contribution = ({ task, worker, node }: Attempt): Contribution => ({ task, worker, node });

/** An answer that nobody asked for; one to a task of the run before is no fault. */
function refuse(state: BrainState, worker: string, task: number, effects: Effect[]): BrainState {
  if (task < state.firstTask) return state;
  effects.push({ type: 'refuse', worker, task, reason: 'the worker was not computing this task' });
  return fault(state, worker, 1);
}

/** What follows once every node of the round is in. */
function completeRound(state: BrainState, effects: Effect[]): BrainState {
  const { round } = state;
  if (round === undefined || !isComplete(round)) return state;
  const { phase, step, batch } = round;
  const contributions = round.done.toSorted((a, b) => a.node.first - b.node.first);
  const over: BrainState = { ...state, round: undefined, sinceMs: state.nowMs };
  if (phase === 'gradients') {
    effects.push({ type: 'commit', step, contributions });
    return noteUnaudited({ ...over, committing: true }, step, contributions);
  }
  const last = batch === state.config.validationBatches - 1;
  effects.push({ type: 'validated-batch', step, batch, last, contributions });
  if (!last) return beginRound(over, 'evaluation', step, batch + 1);
  return state.config.stopsEarly ? { ...over, judging: true } : afterValidation(over, effects);
}

/** The step that a run which has got no better ends with is its last one. */
function judged(
  state: BrainState,
  { step, enough }: Extract<Event, { type: 'judged' }>,
  effects: Effect[],
): BrainState {
  // Of a validation that a roll-back undid.
  if (!state.judging || step !== state.committed) return state;
  const over: BrainState = enough
    ? { ...state, judging: false, config: { ...state.config, steps: step }, endsEarly: true }
    : { ...state, judging: false };
  return state.ending === undefined ? afterValidation(over, effects) : over;
}

/** The node is open again; the run fails when no worker is left that could still be trusted with it. */
function failed(state: BrainState, event: Extract<Event, { type: 'node-failed' }>, effects: Effect[]): BrainState {
  const { worker: name, task, reason, final } = event;
  const attempt = taskOf(state, name, task);
  if (attempt === undefined) return refuse(state, name, task, effects);
  const freed = updateWorker(state, name, { task: undefined });
  if (attempt.standing === 'cancelled') return freed;
  effects.push({ type: 'drop', task });
  const counted = fault(freed, name, final ? failuresAllowed : 1);
  // One that is only leaving does not speak for those that may come.
  const isOut = counted.workers.some((worker) => worker.name === name && worker.failures >= failuresAllowed);
  if (!isOut || eligible(counted, state.arithmetic as Arithmetic).length > 0) return counted;
  const step = (state.round as Round).step;
  return end(counted, 'failed', `step ${step}: no worker can compute it; ${name}: ${reason}`, effects);
}

/** A started run whose step no worker can go on with waits, and says so. */
function tellPhase(state: BrainState, effects: Effect[]): BrainState {
  const { committed: done, arithmetic } = state;
  const able = eligible(state, arithmetic as Arithmetic).length;
  const waiting = `step ${done + 1} waits for a worker with the arithmetic ${arithmetic?.fingerprint}`;
  const waitingForSecond = `step ${done + 1} waits for another worker: training.audit has its nodes computed twice`;
  const reason = able === 0 ? waiting : lacksAuditor(state, able) ? waitingForSecond : undefined;
  if (reason !== undefined && reason !== state.told) {
    effects.push({ type: 'phase', phase: 'waiting', reason });
    return { ...state, told: reason };
  }
  if (reason === undefined && (state.told === waiting || state.told === waitingForSecond)) {
    const onward = `went on at step ${done + 1}`;
    effects.push({ type: 'phase', phase: 'training', reason: onward });
    return { ...state, told: onward };
  }
  return state;
}

/** Workers that get no work hear why. */
function tellWorkers(state: BrainState, effects: Effect[]): BrainState {
  const { arithmetic, config } = state;
  return state.workers.reduce((next, worker) => {
    const reason = objection(worker, arithmetic as Arithmetic, config.mixed);
    return reason === undefined ? next : tell(next, worker, reason, effects);
  }, state);
}

function tell(state: BrainState, worker: WorkerState, reason: string, effects: Effect[]): BrainState {
  if (worker.idle === reason) return state;
  effects.push({ type: 'idle', worker: worker.name, reason });
  return updateWorker(state, worker.name, { idle: reason });
}
