// Audits: a share of the nodes is computed by a second worker before the step commits. Where the two differ a third
// decides, and the run goes back to where the culprit was last known to compute right.

import { hashOf, uniform } from '@rondo/rnn-core';
import { nodeName, type TreeNode } from '../reduction-tree.ts';
import { mayJudge } from './assignment.ts';
import { same } from './cover.ts';
import type { Effect } from './messages.ts';
import {
  type Answer,
  type BrainConfig,
  type BrainState,
  type Check,
  type Done,
  newRecord,
  own,
  type Round,
  type WorkerRecord,
} from './state.ts';
import { cancel, updateWorker } from './workers.ts';

/** Whether a node of a training step is audited; the same answer whoever computes it. */
export function auditDue({ audit, seed }: Pick<BrainConfig, 'audit' | 'seed'>, step: number, node: TreeNode): boolean {
  return uniform(hashOf(seed, step, node.first, node.end)) < audit;
}

export type Verdict =
  /** More answers are needed. */
  | { readonly type: 'open' }
  | { readonly type: 'agreed'; readonly answer: Answer; readonly culprits: readonly string[] }
  /** Three answers, all different. */
  | { readonly type: 'hopeless' };

/** What the answers to a node tell. */
export function judge({ answers }: Check): Verdict {
  for (const answer of answers) {
    const alike = answers.filter(({ digest }) => digest === answer.digest);
    if (alike.length < 2) continue;
    const culprits = answers.filter(({ digest }) => digest !== answer.digest).map(({ worker }) => worker);
    return { type: 'agreed', answer, culprits };
  }
  return { type: answers.length < 3 ? 'open' : 'hopeless' };
}

/** What differs, for people. */
export function dispute({ step }: Round, { node, answers }: Check): string {
  const names = answers.map(({ worker }) => worker).join(' and ');
  return `step ${step}: ${names} computed different gradients of the shards ${nodeName(node)}`;
}

/** A check whose answers differ, and that no third worker can decide. */
export function undecidable(state: BrainState, { checks }: Round): Check | undefined {
  return checks.find(
    (check) => check.answers.length > 1 && !state.workers.some((worker) => mayJudge(state, worker, check)),
  );
}

/** Workers whose answer was confirmed by another one: if they turn out to be wrong, it is since this step. */
export function trust(state: BrainState, { step }: Round, { answers }: Check, digest: string | undefined): BrainState {
  const right = new Set(answers.filter((answer) => answer.digest === digest).map(({ worker }) => worker));
  const workers = state.workers.map((worker) =>
    right.has(worker.name) && worker.trusted !== undefined
      ? { ...worker, trusted: Math.max(worker.trusted, step - 1) }
      : worker,
  );
  return { ...state, workers };
}

/** Notes whose nodes a committed step holds without an audit. */
export function noteUnaudited(state: BrainState, step: number, done: readonly Done[]): BrainState {
  if (state.config.audit === 0) return state;
  const doubted = new Set(done.filter(({ audited }) => !audited).map(({ worker }) => worker));
  const workers = state.workers.map((worker) =>
    doubted.has(worker.name) ? { ...worker, trusted: worker.trusted ?? step - 1 } : worker,
  );
  const away = Object.entries(state.away).map(([name, record]) => [
    name,
    doubted.has(name) ? { ...record, trusted: record.trusted ?? step - 1 } : record,
  ]);
  return { ...state, workers, away: Object.fromEntries(away) };
}

/** Steps that a roll-back may have to go back to. Of workers that are away, which an audit meets no more unless they return, the oldest. */
export function stepsInDoubt({ workers, away }: BrainState): number[] {
  const oldest = Object.values(away).flatMap(({ trusted }) => trusted ?? []);
  const present = workers.flatMap(({ aside, trusted }) => (aside === undefined ? (trusted ?? []) : []));
  const steps = oldest.length > 0 ? [Math.min(...oldest), ...present] : present;
  return [...new Set(steps)].sort((a, b) => a - b);
}

/** Up to which step each worker is trusted that is not trusted altogether, by name. */
export function doubts({ workers, away }: BrainState): Record<string, number> {
  const known = [...workers.map((worker): [string, WorkerRecord] => [worker.name, worker]), ...Object.entries(away)];
  return Object.fromEntries(known.flatMap(([name, { trusted }]) => (trusted === undefined ? [] : [[name, trusted]])));
}

/**
 * Puts a worker aside whose answer two others contradict, and goes back to before its last passed audit, or where it passed none
 * to before its first node that nobody checked. Nothing is to be undone where every node of it was checked.
 */
export function convict(state: BrainState, round: Round, culprit: string, check: Check, effects: Effect[]): BrainState {
  const others = check.answers.filter(({ worker }) => worker !== culprit).map(({ worker }) => worker);
  const reason =
    `step ${round.step}: its gradient of the shards ${nodeName(check.node)} differs from that of ${others.join(' and ')}, ` +
    'which agree';
  effects.push({ type: 'put-aside', worker: culprit, reason });
  const worker = state.workers.find(({ name }) => name === culprit) ?? own(state.away, culprit);
  const trusted = worker?.trusted;
  const now = withdraw(aside(state, culprit, reason), culprit, effects);
  const added = round.done.some((done) => done.worker === culprit && !done.audited);
  if (trusted === undefined && !added) return now;
  return rollBack(now, trusted ?? now.committed, reason, effects);
}

function aside(state: BrainState, name: string, reason: string): BrainState {
  if (state.workers.some((worker) => worker.name === name)) {
    return updateWorker(state, name, { aside: reason, trusted: undefined });
  }
  return {
    ...state,
    away: { ...state.away, [name]: { ...(own(state.away, name) ?? newRecord), aside: reason, trusted: undefined } },
  };
}

/** What a worker has answered in this round, or is to answer, does not count. */
function withdraw(state: BrainState, name: string, effects: Effect[]): BrainState {
  const next = cancel(state, ({ worker }) => worker === name, effects);
  if (next.round === undefined) return next;
  const checks = next.round.checks.flatMap((check) => {
    const [answers, wrong] = partition(check.answers, ({ worker }) => worker !== name);
    for (const { task } of wrong) effects.push({ type: 'drop', task });
    return answers.length > 0 ? [{ ...check, answers }] : [];
  });
  const open = cancel(next, ({ audit, node }) => audit && !checks.some((check) => same(check.node, node)), effects);
  return { ...open, round: { ...next.round, checks } };
}

function partition<T>(values: readonly T[], test: (value: T) => boolean): [T[], T[]] {
  return [values.filter(test), values.filter((value) => !test(value))];
}

function rollBack(state: BrainState, to: number, reason: string, effects: Effect[]): BrainState {
  for (const { task } of state.round?.checks.flatMap(({ answers }) => answers) ?? []) {
    effects.push({ type: 'drop', task });
  }
  const still = cancel(state, () => true, effects);
  effects.push({ type: 'roll-back', to, reason });
  return { ...still, round: undefined, suspicions: [], judging: false, rollingBack: true, sinceMs: state.nowMs };
}

/** Everything is as after step `step` again. */
export function rolledBack(state: BrainState, step: number): BrainState {
  const earlier = ({ trusted }: { trusted: number | undefined }) =>
    trusted === undefined || step === 0 ? undefined : Math.min(trusted, step);
  return {
    ...state,
    committed: step,
    written: step,
    rollingBack: false,
    saving: { ...state.saving, due: false, underWay: undefined },
    workers: state.workers.map((worker) => ({ ...worker, weights: undefined, trusted: earlier(worker) })),
    away: Object.fromEntries(
      Object.entries(state.away).map(([name, record]) => [name, { ...record, trusted: earlier(record) }]),
    ),
  };
}
