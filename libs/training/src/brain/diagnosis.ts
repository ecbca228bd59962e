// For people: how every worker does, and who or what holds a run up, and why.

import { nodeName } from '../reduction-tree.ts';
import { size } from './cover.ts';
import { eligible, lacksAuditor, objection } from './eligibility.ts';
import { expectedMs, typicalPace } from './pace.ts';
import type { Attempt, BrainState, WorkerState } from './state.ts';

/** What the shell knows beside the brain. */
export interface Senses {
  /** Milliseconds since anything came from a worker, which says every second that it is alive. */
  silentMs(worker: string): number;
  /** What the disk refuses. */
  diskFaults(): readonly string[];
}

export interface WorkerReport {
  readonly name: string;
  /**
   * `silent`: nothing comes from it; `late`: longer at its task than others would be; `idle` and `aside`: `reason` says why;
   * `gone`: its connection has ended.
   */
  readonly state: 'computing' | 'ready' | 'late' | 'silent' | 'leaving' | 'idle' | 'aside' | 'gone';
  readonly reason: string;
  readonly nodes: number;
  readonly failures: number;
  /** Of training steps, beside the median worker; undefined until it has shown it. */
  readonly speed: number | undefined;
  /** Milliseconds since anything came from it. */
  readonly silentMs: number;
}

export interface Hindrance {
  /** What it is that goes on, while its reason's figures change. */
  readonly kind: 'no workers' | 'disk' | 'silent' | 'aside' | 'late' | 'slow';
  readonly cause: 'compute' | 'network' | 'disk' | 'workers';
  /** The culprit, where it is one. */
  readonly worker: string | undefined;
  readonly reason: string;
}

/** Longer than a worker that is well says nothing. */
export const silenceMs = 2500;
/** Longer than a commit takes where the disk is well. */
const commitMs = 2500;
/** Times the expected time of a task. */
const overdue = 2;
/** Times the typical pace: a worker at a quarter of it shows less, since others finish what it is late with. */
const slow = 1.6;

/** Of workers that have gone those are told that went last: names of workers that come and go need not end. */
const goneTold = 10;

export function reportWorkers(state: BrainState, senses: Senses): WorkerReport[] {
  const here = state.workers.map((worker): WorkerReport => {
    const { name, nodes, failures } = worker;
    const silentMs = senses.silentMs(name);
    return { name, nodes, failures, speed: speedOf(state, worker), silentMs, ...standing(state, worker, senses) };
  });
  const gone = Object.entries(state.away).flatMap(([name, { nodes, failures, leftMs }]): WorkerReport[] => {
    if (leftMs === undefined) return [];
    const silentMs = state.nowMs - leftMs;
    const reason = `its connection ended ${seconds(silentMs)} ago`;
    return [{ name, nodes, failures, speed: undefined, silentMs, state: 'gone', reason }];
  });
  return [...here, ...gone.slice(-goneTold)];
}

function standing(state: BrainState, worker: WorkerState, senses: Senses): Pick<WorkerReport, 'state' | 'reason'> {
  const { name, leaving, idle, task, aside } = worker;
  if (senses.silentMs(name) > silenceMs) return { state: 'silent', reason: silence(senses.silentMs(name)) };
  if (aside !== undefined) return { state: 'aside', reason: aside };
  if (leaving) return { state: 'leaving', reason: 'finishes its task' };
  if (idle !== undefined) return { state: 'idle', reason: idle };
  if (task === undefined) return { state: 'ready', reason: '' };
  const late = overdueText(state, worker, task);
  return { state: late === undefined ? 'computing' : 'late', reason: late ?? `shards ${nodeName(task.node)}` };
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

const silence = (ms: number) => `silent for ${seconds(ms)}: its process stands still, or the network is cut`;

/** Undefined while the task takes no longer than it may be expected to. */
function overdueText(state: BrainState, worker: WorkerState, { phase, node, sinceMs, first }: Attempt) {
  const expected = first ? undefined : expectedMs(state, worker, phase, size(node));
  const elapsed = state.nowMs - sinceMs;
  if (expected === undefined || elapsed <= Math.max(overdue * expected, silenceMs)) return undefined;
  return `shards ${nodeName(node)} for ${seconds(elapsed)}, where ${seconds(expected)} were expected`;
}

function speedOf(state: BrainState, { pace }: WorkerState): number | undefined {
  const typical = typicalPace(state, 'gradients');
  return pace.gradients && typical && typical.roundMs / Math.max(pace.gradients.roundMs, 1e-3);
}

/** What holds the run up now, the worst first; none when all is well. */
export function hindrances(state: BrainState, senses: Senses): Hindrance[] {
  if (state.ended) return [];
  return [
    ...missingWorkers(state),
    ...disk(state, senses),
    ...state.workers.flatMap((one) => ofWorker(state, one, senses)),
  ];
}

function missingWorkers(state: BrainState): Hindrance[] {
  const { started, told, arithmetic } = state;
  const able = arithmetic === undefined ? 0 : eligible(state, arithmetic).length;
  const waits = !started || able === 0 || lacksAuditor(state, able);
  return waits && told !== '' ? [{ kind: 'no workers', cause: 'workers', worker: undefined, reason: told }] : [];
}

function disk(state: BrainState, senses: Senses): Hindrance[] {
  const { saving, committing, committed, nowMs, sinceMs } = state;
  const found = [...senses.diskFaults()];
  if (saving.fault !== undefined) {
    const times = saving.failures === 1 ? 'once' : `${saving.failures} times in a row`;
    found.push(`checkpoints: none since step ${state.written}, failed ${times}: ${saving.fault}`);
  } else if (saving.due && saving.underWay !== undefined) {
    found.push(`the checkpoint of step ${saving.underWay} is still being written, and the next one is due`);
  }
  if (committing && nowMs - sinceMs > commitMs) {
    found.push(`step ${committed + 1} has been waiting for ${seconds(nowMs - sinceMs)} to be committed`);
  }
  return found.map((reason) => ({ kind: 'disk', cause: 'disk', worker: undefined, reason }));
}

function ofWorker(state: BrainState, worker: WorkerState, senses: Senses): Hindrance[] {
  const { name, task, aside } = worker;
  const silentMs = senses.silentMs(name);
  if (silentMs > silenceMs)
    return [{ kind: 'silent', cause: 'network', worker: name, reason: `${name} is ${silence(silentMs)}` }];
  if (aside !== undefined)
    return [{ kind: 'aside', cause: 'compute', worker: name, reason: `${name} was put aside: ${aside}` }];
  if (state.arithmetic === undefined || objection(worker, state.arithmetic, state.config.mixed) !== undefined)
    return [];
  const late = task && overdueText(state, worker, task);
  if (late !== undefined)
    return [{ kind: 'late', cause: 'compute', worker: name, reason: `${name} has been computing ${late}` }];
  return slowness(state, worker);
}

/**
 * Whether it is its computing or its network that makes a worker slow. What is not its computing counts as the network's: nobody
 * but the worker's machine knows how long its process stood still meanwhile.
 */
function slowness(state: BrainState, { name, pace: { gradients: own } }: WorkerState): Hindrance[] {
  const typical = typicalPace(state, 'gradients');
  if (own === undefined || typical === undefined || own.roundMs <= slow * typical.roundMs) return [];
  const times = (own.roundMs / typical.roundMs).toFixed(1);
  const [compute, way] = [
    own.computeMs - typical.computeMs,
    own.roundMs - own.computeMs - (typical.roundMs - typical.computeMs),
  ];
  const cause = compute >= way ? 'compute' : 'network';
  const part = cause === 'compute' ? 'computing' : 'sending and receiving, or waiting for a processor';
  return [
    {
      kind: 'slow',
      cause,
      worker: name,
      reason: `${name} takes ${times} times as long as the median worker, for ${part}`,
    },
  ];
}
