// The coordinator's brain: (state, event) → (state, effects), without clock, sockets or disk.
//
// A run waits for its workers, then goes round after round: a training step's nodes are handed out, computed, and
// committed; validation and checkpoints follow a commit; after the last one the run ends. Which worker computes what
// never changes the sums, so a worker that leaves only gives its node back.

import { nextWorker, takeNode } from './assignment.ts';
import { chooseArithmetic, eligible, failuresAllowed, objection, threadsOf } from './eligibility.ts';
import type { Arithmetic, Contribution, Effect, Event, Newcomer } from './messages.ts';
import type { BrainState, Round, WorkerState } from './state.ts';

export interface Transition {
  readonly state: BrainState;
  readonly effects: readonly Effect[];
}

/** What the brain does about an event. Pure: the same state and event give the same answer. */
export function transition(before: BrainState, event: Event): Transition {
  const effects: Effect[] = [];
  if (before.ended) return { state: before, effects };
  const noted = note(before, event, effects);
  return { state: proceed(noted, effects), effects };
}

/** Takes the event in: what is now known, without deciding what to do next. */
function note(state: BrainState, event: Event, effects: Effect[]): BrainState {
  switch (event.type) {
    case 'opened':
      return { ...state, workers: [...state.workers, ...event.workers.map(newcomer)] };
    case 'worker-joined':
      return { ...state, workers: [...state.workers, newcomer(event)] };
    case 'worker-left':
      return { ...giveBack(state, event.worker), workers: state.workers.filter(({ name }) => name !== event.worker) };
    case 'worker-leaving':
      return updateWorker(state, event.worker, { leaving: true });
    case 'node-computed':
      return computed(state, event.worker, event.task, effects);
    case 'node-failed':
      return failed(state, event);
    case 'committed':
      return afterCommit({ ...state, committed: event.step, committing: false }, effects);
    case 'diverged':
      return end({ ...state, committing: false }, 'failed', divergence(state, event.step));
    case 'checkpoint-written':
      return { ...state, written: Math.max(state.written, event.step) };
    case 'checkpoint-failed':
      return end({ ...state, written: state.checkpointed }, 'failed', `checkpoint: ${event.reason}`);
    case 'stop':
      return end(state, event.reason, event.reason);
  }
}

/** Decides what follows from what is known: end, wait, or hand out work. */
function proceed(state: BrainState, effects: Effect[]): BrainState {
  if (state.ending !== undefined) return finish(state, state.ending, effects);
  let next = state;
  if (!next.started) {
    next = start(next, effects);
    if (!next.started) return next;
  }
  if (next.round === undefined) return next;
  return dispatch(next, next.round, next.arithmetic as Arithmetic, effects);
}

function start(state: BrainState, effects: Effect[]): BrainState {
  const choice = chooseArithmetic(state);
  if ('waitingFor' in choice) {
    const reason = `waiting for ${choice.waitingFor}`;
    if (reason === state.told) return state;
    effects.push({ type: 'phase', phase: 'waiting', reason });
    return tellIdle({ ...state, told: reason }, reason, effects);
  }
  const { arithmetic } = choice;
  if (state.arithmetic === undefined) effects.push({ type: 'pin', arithmetic });
  const reason = `engine ${arithmetic.engine}, from step ${state.committed + 1}`;
  effects.push({ type: 'phase', phase: 'training', reason });
  const started = { ...state, arithmetic, started: true, told: reason };
  return state.owesValidation ? afterCommit(started, effects) : nextStep(started);
}

/** The round after `committed` steps, or the end of the run. */
function nextStep(state: BrainState): BrainState {
  const { shards, steps } = state.config;
  if (state.committed >= steps) return end(state, 'finished', 'finished');
  const step = state.committed + 1;
  return { ...state, round: round('gradients', step, step, shards) };
}

function round(phase: Round['phase'], step: number, batch: number, shards: number): Round {
  return { phase, step, batch, open: [{ first: 0, end: shards }], running: [], done: [] };
}

/** After a commit: validation when it is due, else on. */
function afterCommit(state: BrainState, effects: Effect[]): BrainState {
  const { validateEvery, validationBatches, validationShards, steps } = state.config;
  const step = state.committed;
  const due = step % validateEvery === 0 || step === steps;
  if (due && validationBatches > 0) return { ...state, round: round('evaluation', step, 0, validationShards) };
  return afterValidation(state, effects);
}

/** After a commit and its validation: a checkpoint when it is due, then the next step. */
function afterValidation(state: BrainState, effects: Effect[]): BrainState {
  const { checkpointEvery, steps } = state.config;
  const due = state.committed % checkpointEvery === 0 || state.committed === steps;
  return nextStep(due ? askForCheckpoint(state, effects) : state);
}

function askForCheckpoint(state: BrainState, effects: Effect[]): BrainState {
  if (state.checkpointed === state.committed) return state;
  effects.push({ type: 'checkpoint', step: state.committed });
  return { ...state, checkpointed: state.committed };
}

function computed(state: BrainState, name: string, task: number, effects: Effect[]): BrainState {
  const { round: current } = state;
  const running = current?.running.find((entry) => entry.task === task && entry.worker === name);
  const freed = freeWorker(state, name, task, true);
  if (current === undefined || running === undefined) {
    effects.push({ type: 'discard', worker: name, task, reason: 'the task is not open any more' });
    return freed;
  }
  if (current.phase === 'gradients') effects.push({ type: 'add', task, node: running.node });
  const done = [...current.done, running];
  const left = current.running.filter((entry) => entry !== running);
  if (current.open.length > 0 || left.length > 0) {
    return { ...freed, round: { ...current, done, running: left } };
  }
  return complete({ ...freed, round: undefined }, current, inTreeOrder(done), effects);
}

/** Every node of a round is in. */
function complete(
  state: BrainState,
  { phase, step, batch }: Round,
  contributions: Contribution[],
  effects: Effect[],
): BrainState {
  if (phase === 'gradients') {
    effects.push({ type: 'commit', step, contributions });
    return { ...state, committing: true };
  }
  const { validationBatches, validationShards } = state.config;
  const last = batch === validationBatches - 1;
  effects.push({ type: 'validated-batch', step, batch, last, contributions });
  if (!last) return { ...state, round: round('evaluation', step, batch + 1, validationShards) };
  return afterValidation(state, effects);
}

function inTreeOrder(done: readonly Contribution[]): Contribution[] {
  return done.toSorted((a, b) => a.node.first - b.node.first);
}

/** Gives the node back; the run fails when no worker is left that could still be trusted with it. */
function failed(
  state: BrainState,
  { worker: name, task, reason, final }: Extract<Event, { type: 'node-failed' }>,
): BrainState {
  const worker = state.workers.find((entry) => entry.name === name);
  if (worker?.task !== task) return state;
  const counted = updateWorker(giveBack(state, name), name, {
    failures: final ? failuresAllowed : worker.failures + 1,
    task: undefined,
  });
  if (eligible(counted, state.arithmetic as Arithmetic).length > 0) return counted;
  return end(counted, 'failed', `step ${state.round?.step}: no worker can compute it; ${name}: ${reason}`);
}

/** Hands open nodes to free workers. */
function dispatch(state: BrainState, first: Round, arithmetic: Arithmetic, effects: Effect[]): BrainState {
  let next = state;
  let current = first;
  const able = eligible(next, arithmetic);
  const allThreads = able.reduce((sum, worker) => sum + threadsOf(worker, arithmetic), 0);
  const free = () => eligible(next, arithmetic).filter((worker) => worker.task === undefined);
  for (let worker = nextWorker(free()); worker && current.open.length > 0; worker = nextWorker(free())) {
    const { node, open } = takeNode(current.open, threadsOf(worker, arithmetic), allThreads);
    const task = next.nextTask;
    const base = current.phase === 'gradients' ? current.step - 1 : current.step;
    if (!worker.prepared) effects.push({ type: 'prepare', worker: worker.name });
    if (worker.weights !== base) effects.push({ type: 'send-weights', worker: worker.name, step: base });
    const { phase, step, batch } = current;
    effects.push({ type: 'assign', worker: worker.name, task, phase, step, batch, node });
    current = { ...current, open, running: [...current.running, { task, worker: worker.name, node }] };
    next = {
      ...updateWorker(next, worker.name, { task, prepared: true, weights: base, idle: undefined }),
      nextTask: task + 1,
      round: current,
    };
  }
  return tellObjections(tellPhase(next, able.length, effects), arithmetic, effects);
}

/** A started run that lost all its workers waits, and says so. */
function tellPhase(state: BrainState, able: number, effects: Effect[]): BrainState {
  const { committed, arithmetic } = state;
  const waiting = `step ${committed + 1} waits for a worker with the arithmetic ${arithmetic?.fingerprint}`;
  if (able === 0 && state.told !== waiting) {
    effects.push({ type: 'phase', phase: 'waiting', reason: waiting });
    return { ...state, told: waiting };
  }
  if (able > 0 && state.told === waiting) {
    const reason = `goes on at step ${committed + 1}`;
    effects.push({ type: 'phase', phase: 'training', reason });
    return { ...state, told: reason };
  }
  return state;
}

function tellObjections(state: BrainState, arithmetic: Arithmetic, effects: Effect[]): BrainState {
  return state.workers.reduce((next, worker) => {
    const reason = objection(worker, arithmetic, state.config.mixed);
    return reason === undefined ? next : tell(next, worker, reason, effects);
  }, state);
}

function tellIdle(state: BrainState, reason: string, effects: Effect[]): BrainState {
  return state.workers.reduce((next, worker) => tell(next, worker, reason, effects), state);
}

function tell(state: BrainState, worker: WorkerState, reason: string, effects: Effect[]): BrainState {
  if (worker.idle === reason) return state;
  effects.push({ type: 'idle', worker: worker.name, reason });
  return updateWorker(state, worker.name, { idle: reason });
}

/** Marks the run as ending; the first reason counts. */
function end(state: BrainState, outcome: NonNullable<BrainState['ending']>['outcome'], reason: string): BrainState {
  return { ...state, round: undefined, ending: state.ending ?? { outcome, reason } };
}

/** Ends the run once its last commit and its last checkpoint are through. */
function finish(state: BrainState, ending: NonNullable<BrainState['ending']>, effects: Effect[]): BrainState {
  if (state.committing) return state;
  const saved = ending.outcome === 'failed' ? state : askForCheckpoint(state, effects);
  if (saved.written < saved.checkpointed) return saved;
  const { outcome, reason } = ending;
  effects.push({
    type: 'end',
    outcome,
    reason: outcome === 'failed' ? reason : `${reason} after step ${saved.committed}`,
  });
  return { ...saved, ended: true };
}

function divergence(state: BrainState, step: number): string {
  const good = state.written > 0 ? `the last good checkpoint is that of step ${state.written}` : 'no checkpoint yet';
  return `step ${step}: the gradient is not finite, the run has diverged; ${good}`;
}

function newcomer({ worker: name, offers }: Newcomer): WorkerState {
  return {
    name,
    offers,
    prepared: false,
    weights: undefined,
    task: undefined,
    nodes: 0,
    failures: 0,
    leaving: false,
    idle: undefined,
  };
}

function updateWorker(state: BrainState, name: string, change: Partial<WorkerState>): BrainState {
  return {
    ...state,
    workers: state.workers.map((worker) => (worker.name === name ? { ...worker, ...change } : worker)),
  };
}

function freeWorker(state: BrainState, name: string, task: number, done: boolean): BrainState {
  const worker = state.workers.find((entry) => entry.name === name);
  if (worker === undefined || worker.task !== task) return state;
  return updateWorker(state, name, { task: undefined, nodes: worker.nodes + (done ? 1 : 0) });
}

/** Opens again what a worker was computing. */
function giveBack(state: BrainState, name: string): BrainState {
  const { round: current } = state;
  if (current === undefined) return state;
  const returned = current.running.filter((entry) => entry.worker === name).map(({ node }) => node);
  if (returned.length === 0) return state;
  const open = [...current.open, ...returned].sort((a, b) => a.first - b.first);
  return { ...state, round: { ...current, open, running: current.running.filter((entry) => entry.worker !== name) } };
}
