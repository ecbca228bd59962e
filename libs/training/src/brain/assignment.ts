// Who computes which node of a round next: idle workers pull, whole subtrees where there is enough work for everyone.

import { children, type TreeNode } from '../reduction-tree.ts';
import { contains, missing, overlap, same, size } from './cover.ts';
import { eligible, objection, threadsOf } from './eligibility.ts';
import type { Arithmetic } from './messages.ts';
import { expectedMs, isOverdue, rate, remainingMs } from './pace.ts';
import type { Attempt, BrainState, Check, Round, Suspicion, WorkerState } from './state.ts';
import { attempts } from './workers.ts';

/** What a free worker is to do. */
export interface Choice {
  readonly worker: WorkerState;
  readonly node: TreeNode;
  /** The node is computed already, and to be compared. */
  readonly audit: boolean;
}

/** Of a shard: equal workers shall get equal nodes, and no measurement is exact. */
const pacesVaryBy = 0.25;

/** The next piece of work that a free worker can take, if there is one. */
export function nextChoice(state: BrainState, round: Round): Choice | undefined {
  const free = freeWorkers(state);
  // Whoever waits for a late node waits for the fastest.
  const fastest = isLate(state)
    ? free.toSorted((a, b) => rate(state, b, round.phase) - rate(state, a, round.phase))
    : free;
  return openChoice(state, round, fastest) ?? auditChoice(state, round, free);
}

const isLate = (state: BrainState) => attempts(state).some(({ standing }) => standing === 'late');

/** Of those that are heard of, the ones with the fewest nodes first, so that every worker is used. */
function freeWorkers(state: BrainState): WorkerState[] {
  return eligible(state, state.arithmetic as Arithmetic)
    .filter(({ name, task }) => task === undefined && !state.silent.includes(name))
    .sort((a, b) => a.nodes - b.nodes);
}

function openChoice(state: BrainState, round: Round, free: readonly WorkerState[]): Choice | undefined {
  const open = openNodes(state, round);
  for (const worker of free) {
    const allowed = open.filter((node) => !shuns(state, worker, node));
    if (allowed.length > 0)
      return { worker, node: takeNode(allowed, shareOf(state, round, worker, open, free)), audit: false };
  }
  return undefined;
}

/**
 * Nodes that nobody computes, or only workers that are late. Where a node was not finite its halves are open instead, so
 * that the shard to blame is found.
 */
function openNodes(state: BrainState, { shards, done, checks }: Round): TreeNode[] {
  const running = attempts(state).filter(({ standing, audit }) => standing === 'wanted' && !audit);
  const covered = [...done, ...checks, ...running].map(({ node }) => node);
  return missing({ first: 0, end: shards }, covered).flatMap((node) => split(node, state.suspicions));
}

/** How many nodes are there to be handed out: more workers would have something to do. */
export const nodesWaiting = (state: BrainState): number =>
  state.round === undefined ? 0 : openNodes(state, state.round).length;

function split(node: TreeNode, suspicions: readonly Suspicion[]): TreeNode[] {
  const halves = suspicions.some((suspicion) => contains(node, suspicion.node)) ? children(node) : undefined;
  return halves?.flatMap((half) => split(half, suspicions)) ?? [node];
}

/** Whether a worker's answer for these shards was not finite, so that another one is to compute them if there is one. */
function shuns(state: BrainState, worker: WorkerState, node: TreeNode): boolean {
  const blamed = ({ name }: WorkerState) =>
    state.suspicions.some((suspicion) => suspicion.worker === name && overlap(suspicion.node, node));
  return blamed(worker) && eligible(state, state.arithmetic as Arithmetic).some((other) => !blamed(other));
}

/**
 * Shards that a worker may take at once, by its speed: at first its part of the whole round, later of what is left; of a
 * late node's what the free workers divide among them. At least a shard a thread.
 */
function shareOf(
  state: BrainState,
  { phase, shards, done }: Round,
  worker: WorkerState,
  open: readonly TreeNode[],
  free: readonly WorkerState[],
): number {
  const arithmetic = state.arithmetic as Arithmetic;
  const late = isLate(state);
  const sharing = late ? free : eligible(state, arithmetic);
  const total = sharing.reduce((sum, one) => sum + rate(state, one, phase), 0);
  const isFirst = !late && !done.some((one) => one.worker === worker.name);
  const all = isFirst ? shards : open.reduce((sum, node) => sum + size(node), 0);
  const share = (all * rate(state, worker, phase)) / total;
  return Math.max(threadsOf(worker, arithmetic), Math.floor(share + pacesVaryBy));
}

/** The first of the largest open nodes, cut down to a share. */
function takeNode(open: readonly TreeNode[], share: number): TreeNode {
  let node = open.reduce((best, one) => (size(one) > size(best) ? one : best));
  for (let halves = children(node); halves !== undefined && size(node) > share; halves = children(node)) {
    node = halves[0];
  }
  return node;
}

function auditChoice(state: BrainState, round: Round, free: readonly WorkerState[]): Choice | undefined {
  if (!roomForMore(state, round)) return undefined;
  for (const check of round.checks) {
    const asked = attempts(state).some(({ standing, node }) => standing === 'wanted' && same(node, check.node));
    const worker = asked ? undefined : free.find((one) => mayJudge(state, one, check));
    if (worker !== undefined) return { worker, node: check.node, audit: true };
  }
  return undefined;
}

/** Whether a worker's answer would tell more about a check. */
export function mayJudge(state: BrainState, worker: WorkerState, { answers }: Check): boolean {
  const allowed = objection(worker, state.arithmetic as Arithmetic, state.config.mixed) === undefined;
  return allowed && !answers.some((answer) => answer.worker === worker.name);
}

/**
 * Whether a node may be computed that is computed already. What is computed for the first time is at most a node a shard,
 * however a late node is divided; what comes on top has to be held too. Validation has no gradients.
 */
function roomForMore(state: BrainState, { phase, checks, shards }: Round): boolean {
  if (phase === 'evaluation') return true;
  const answers = checks.reduce((sum, check) => sum + check.answers.length - 1, 0);
  const running = attempts(state).filter(({ standing, audit }) => audit || standing === 'late');
  return answers + running.length < state.config.slots - 1 - shards;
}

/**
 * The attempt that a free worker should make a second time: the one with most left to do, where the free workers would be
 * done before it.
 */
export function lateAttempt(state: BrainState, round: Round): Attempt | undefined {
  const free = freeWorkers(state);
  if (free.length === 0 || !roomForMore(state, round)) return undefined;
  let latest: { attempt: Attempt; remaining: number } | undefined;
  for (const attempt of attempts(state)) {
    if (attempt.standing !== 'wanted') continue;
    if (!mayReplace(state, attempt)) continue;
    const able = free.filter((worker) => mayRepeat(state, round, worker, attempt));
    const remaining = remainingMs(state, attempt);
    if (able.length === 0 || remaining === undefined) continue;
    if (remaining <= soonest(state, attempt, able)) continue;
    if (latest === undefined || remaining > latest.remaining) latest = { attempt, remaining };
  }
  return latest?.attempt;
}

/**
 * Where two compute a node already, a third takes the place of the first: only once the second is late itself, and each time
 * after twice as long, or workers that are slower than was expected would be cancelled for ever.
 */
function mayReplace(state: BrainState, attempt: Attempt): boolean {
  const late = attempts(state).filter(({ standing, node }) => standing === 'late' && overlap(node, attempt.node));
  if (late.length === 0) return true;
  const gapMs = attempt.sinceMs - Math.min(...late.map(({ sinceMs }) => sinceMs));
  return isOverdue(state, attempt) && state.nowMs - attempt.sinceMs >= 2 * gapMs;
}

function mayRepeat(state: BrainState, { checks }: Round, worker: WorkerState, { audit, node }: Attempt): boolean {
  if (!audit) return !shuns(state, worker, node);
  return checks.some((check) => same(check.node, node) && mayJudge(state, worker, check));
}

/** Milliseconds that these workers would take for a node, sharing it where it can be split; 0 while nothing can be said. */
function soonest(state: BrainState, { phase, node, audit }: Attempt, able: readonly WorkerState[]): number {
  const shards = audit ? size(node) : Math.ceil(size(node) / able.length);
  const times = able.flatMap((worker) => expectedMs(state, worker, phase, shards) ?? []);
  return times.length === 0 ? 0 : Math.min(...times);
}
