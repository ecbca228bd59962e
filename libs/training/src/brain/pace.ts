// How fast workers are, and how long a task may be expected to take: measured against what this cluster itself does.

import { size } from './cover.ts';
import { threadsOf } from './eligibility.ts';
import type { Arithmetic, RoundPhase } from './messages.ts';
import { type Attempt, type BrainState, type Pace, type WorkerState, workerOf } from './state.ts';

/** How much the newest measurement counts beside all before. */
const newest = 0.3;

/** How much slower than others one task can make a worker look: a stall is not its pace. */
const mostSlowing = 4;

const blend = (before: number | undefined, now: number) =>
  before === undefined ? now : before + newest * (now - before);

/** A worker takes a shard a thread at a time. */
function rounds(state: BrainState, worker: WorkerState, shards: number): number {
  return Math.ceil(shards / threadsOf(worker, state.arithmetic as Arithmetic));
}

/** What an answer tells of its worker. */
export function measured(
  state: BrainState,
  worker: WorkerState,
  { phase, node, sinceMs, first }: Attempt,
  computeMs: number,
): Partial<WorkerState> {
  // Also by a clock that stood still: a pace of nothing would make every task late.
  const elapsedMs = Math.max(state.nowMs - sinceMs, computeMs);
  if (first) return { firstMs: elapsedMs };
  const before = worker.pace[phase];
  const count = rounds(state, worker, size(node));
  const most = mostSlowing * (typicalPace(state, phase)?.roundMs ?? Number.POSITIVE_INFINITY);
  const pace: Pace = {
    roundMs: blend(before?.roundMs, Math.min(elapsedMs / count, most)),
    computeMs: blend(before?.computeMs, computeMs / count),
  };
  return { pace: { ...worker.pace, [phase]: pace } };
}

/** What it tells of a worker that it has not answered until now; undefined: nothing new. */
export function slowedBy(state: BrainState, { worker: name, phase, node, sinceMs, first }: Attempt) {
  const worker = workerOf(state, name);
  const before = worker.pace[phase] ?? typicalPace(state, phase);
  const typical = typicalPace(state, phase);
  if (first || before === undefined || typical === undefined) return undefined;
  const atLeast = (state.nowMs - sinceMs) / rounds(state, worker, size(node));
  const roundMs = Math.min(atLeast, mostSlowing * typical.roundMs);
  if (roundMs <= before.roundMs) return undefined;
  return { ...worker.pace, [phase]: { ...before, roundMs: blend(before.roundMs, roundMs) } };
}

/** The median of the workers that have shown theirs. */
export function typicalPace(state: BrainState, phase: RoundPhase): Pace | undefined {
  const known = state.workers.flatMap(({ pace }) => pace[phase] ?? []);
  if (known.length === 0) return undefined;
  return { roundMs: median(known.map((pace) => pace.roundMs)), computeMs: median(known.map((pace) => pace.computeMs)) };
}

/** Of no numbers: NaN. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

/** Milliseconds that a worker would take for so many shards; undefined while nobody has computed anything. */
export function expectedMs(
  state: BrainState,
  worker: WorkerState,
  phase: RoundPhase,
  shards: number,
): number | undefined {
  const pace = worker.pace[phase] ?? typicalPace(state, phase);
  // Before that, first tasks are an upper bound.
  return pace === undefined ? typicalFirstMs(state) : pace.roundMs * rounds(state, worker, shards);
}

function typicalFirstMs({ workers }: BrainState): number | undefined {
  const known = workers.flatMap(({ firstMs }) => firstMs ?? []);
  return known.length === 0 ? undefined : median(known);
}

/** Shards a millisecond, or what stands in the same proportion while nobody has shown a pace. */
export function rate(state: BrainState, worker: WorkerState, phase: RoundPhase): number {
  const pace = worker.pace[phase] ?? typicalPace(state, phase);
  return threadsOf(worker, state.arithmetic as Arithmetic) / Math.max(pace?.roundMs ?? 1, 1e-3);
}

/**
 * Milliseconds until the answer may be expected. One that is overdue is taken to need as long again as it is overdue; a silent
 * worker's does not come. Undefined while nothing can be said.
 */
export function remainingMs(state: BrainState, attempt: Attempt): number | undefined {
  if (state.silent.includes(attempt.worker)) return Number.POSITIVE_INFINITY;
  const left = untilExpectedMs(state, attempt);
  return left && Math.abs(left);
}

/** Whether the answer should have come. */
export function isOverdue(state: BrainState, attempt: Attempt): boolean {
  return state.silent.includes(attempt.worker) || (untilExpectedMs(state, attempt) ?? 0) < 0;
}

function untilExpectedMs(state: BrainState, { worker: name, phase, node, sinceMs, first }: Attempt) {
  const worker = workerOf(state, name);
  const expected = first ? typicalFirstMs(state) : expectedMs(state, worker, phase, size(node));
  return expected === undefined ? undefined : expected - (state.nowMs - sinceMs);
}
