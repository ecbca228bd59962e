// Changes to what is known of workers and of the tasks they have.

import type { Effect, Newcomer } from './messages.ts';
import { slowedBy } from './pace.ts';
import { type Attempt, type BrainState, newRecord, own, type WorkerRecord, type WorkerState } from './state.ts';

export function updateWorker(state: BrainState, name: string, change: Partial<WorkerState>): BrainState {
  return {
    ...state,
    workers: state.workers.map((worker) => (worker.name === name ? { ...worker, ...change } : worker)),
  };
}

/** A worker that comes back under its name has its record again. */
export function join(state: BrainState, { worker: name, offers }: Newcomer): BrainState {
  const { [name]: _, ...away } = state.away;
  const record = own(state.away, name) ?? newRecord;
  const worker: WorkerState = {
    ...record,
    leftMs: undefined,
    name,
    offers,
    prepared: false,
    weights: undefined,
    task: undefined,
    pace: {},
    firstMs: undefined,
    leaving: false,
    idle: undefined,
  };
  return { ...state, away, workers: [...state.workers, worker] };
}

/** Records of workers that are away: the newest ones, for names of workers that come and go need not end. */
const recordsKept = 1000;

export function leave(state: BrainState, name: string, effects: Effect[]): BrainState {
  const worker = state.workers.find((one) => one.name === name);
  if (worker === undefined) return state;
  if (worker.task !== undefined && worker.task.standing !== 'cancelled') {
    effects.push({ type: 'drop', task: worker.task.task });
  }
  const { nodes, failures, aside, trusted } = worker;
  const record: WorkerRecord = { nodes, failures, aside, trusted, leftMs: state.nowMs };
  const away = Object.entries({ ...state.away, [name]: record }).slice(-recordsKept);
  return { ...state, away: Object.fromEntries(away), workers: state.workers.filter((one) => one !== worker) };
}

/** What workers compute and somebody waits for. */
export function attempts(state: BrainState): Attempt[] {
  return state.workers.flatMap(({ task }) => (task !== undefined && task.standing !== 'cancelled' ? [task] : []));
}

/** The task, if this worker has it, whether or not somebody still waits for it. */
export function taskOf(state: BrainState, worker: string, task: number): Attempt | undefined {
  const attempt = state.workers.find(({ name }) => name === worker)?.task;
  return attempt?.task === task ? attempt : undefined;
}

/** Nobody waits for these tasks any more; how long they took so far is still to be learnt from. */
export function cancel(state: BrainState, unwanted: (attempt: Attempt) => boolean, effects: Effect[]): BrainState {
  return attempts(state)
    .filter(unwanted)
    .reduce((next, attempt) => {
      const { worker, task } = attempt;
      effects.push({ type: 'cancel', worker, task });
      const pace = slowedBy(next, attempt);
      return updateWorker(next, worker, { task: { ...attempt, standing: 'cancelled' }, ...(pace && { pace }) });
    }, state);
}

/** Counts failures of a worker that is here or away. */
export function fault(state: BrainState, name: string, failures: number): BrainState {
  const worker = state.workers.find((one) => one.name === name);
  if (worker !== undefined) return updateWorker(state, name, { failures: worker.failures + failures });
  const record = own(state.away, name);
  if (record === undefined) return state;
  return { ...state, away: { ...state.away, [name]: { ...record, failures: record.failures + failures } } };
}
