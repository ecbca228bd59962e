// A round: one batch's nodes handed out, their answers taken in, until every shard is there once.

import type { TreeNode } from '../reduction-tree.ts';
import { lateAttempt, nextChoice } from './assignment.ts';
import { auditDue, convict, dispute, judge, trust, undecidable } from './audit.ts';
import { contains, overlap, same, size } from './cover.ts';
import { end } from './ending.ts';
import type { Effect, RoundPhase } from './messages.ts';
import { lastGood } from './saving.ts';
import type { Answer, Attempt, BrainState, Check, Done, Round } from './state.ts';
import { cancel, fault, updateWorker } from './workers.ts';

export function beginRound(state: BrainState, phase: RoundPhase, step: number, batch: number): BrainState {
  const { shards, validationShards } = state.config;
  const leaves = phase === 'gradients' ? shards : validationShards;
  return {
    ...state,
    sinceMs: state.nowMs,
    round: { phase, step, batch, shards: leaves, checks: [], done: [] },
  };
}

/** Hands out work to free workers, and late work a second time. */
export function dispatch(state: BrainState, effects: Effect[]): BrainState {
  let next = state;
  for (;;) {
    if (next.round === undefined) return next;
    const { round } = next;
    const stuck = undecidable(next, round);
    if (stuck !== undefined) {
      return end(next, 'failed', `${dispute(round, stuck)}, and there is no third worker to decide`, effects);
    }
    const choice = nextChoice(next, round);
    const late = choice === undefined ? lateAttempt(next, round) : undefined;
    if (choice !== undefined) next = assign(next, round, choice, effects);
    else if (late !== undefined) next = share(next, late, effects);
    else return next;
  }
}

function assign(
  state: BrainState,
  { phase, step, batch }: Round,
  { worker, node, audit }: NonNullable<ReturnType<typeof nextChoice>>,
  effects: Effect[],
): BrainState {
  const { name, prepared } = worker;
  const task = state.nextTask;
  const weights = phase === 'gradients' ? step - 1 : step;
  if (!prepared) effects.push({ type: 'prepare', worker: name });
  if (worker.weights !== weights) effects.push({ type: 'send-weights', worker: name, step: weights });
  effects.push({ type: 'assign', worker: name, task, phase, step, batch, node });
  const attempt: Attempt = {
    task,
    worker: name,
    node,
    phase,
    sinceMs: state.nowMs,
    first: !prepared,
    audit,
    standing: 'wanted',
  };
  const assigned = updateWorker(state, name, { task: attempt, prepared: true, weights, idle: undefined });
  return { ...assigned, nextTask: task + 1 };
}

/** Others may compute the node too; whoever was late with it before is one too many. */
function share(state: BrainState, late: Attempt, effects: Effect[]): BrainState {
  const before = cancel(state, ({ standing, node }) => standing === 'late' && overlap(node, late.node), effects);
  return updateWorker(before, late.worker, { task: { ...late, standing: 'late' } });
}

/** An answer to a task that was waited for; its worker is free again. */
export function takeIn(state: BrainState, attempt: Attempt, answer: Answer, effects: Effect[]): BrainState {
  const round = state.round as Round;
  if (attempt.audit) return compare(state, round, answer, effects);
  const { phase, step } = round;
  if (phase === 'gradients' && !answer.finite) return suspect(state, round, answer, effects);
  const alone = cancel(state, ({ node }) => overlap(node, answer.node), effects);
  if (phase === 'gradients' && auditDue(state.config, step, answer.node)) {
    const check: Check = { node: answer.node, answers: [answer] };
    return { ...alone, round: { ...round, checks: [...round.checks, check] } };
  }
  return settle(alone, round, answer, false, effects);
}

/** A node is computed for good. */
function settle(state: BrainState, round: Round, answer: Answer, audited: boolean, effects: Effect[]): BrainState {
  const { task, worker, node } = answer;
  if (round.phase === 'gradients') effects.push({ type: 'add', task, node });
  const done: Done[] = [...round.done, { task, worker, node, audited }];
  return { ...state, round: { ...round, done } };
}

/** Whether every shard of a round is there. */
export function isComplete({ shards, done }: Round): boolean {
  return done.reduce((sum, { node }) => sum + size(node), 0) === shards;
}

function compare(state: BrainState, round: Round, answer: Answer, effects: Effect[]): BrainState {
  const before = round.checks.find((check) => same(check.node, answer.node));
  if (before === undefined) throw new Error(`no check waits for ${answer.worker}'s answer`);
  if (!answer.finite) {
    // The answer that it is to confirm is finite: this one tells of its worker, not of the node.
    effects.push({ type: 'drop', task: answer.task });
    return doubt(state, round.step, answer.worker, effects);
  }
  const check: Check = { ...before, answers: [...before.answers, answer] };
  const noted = withCheck(state, round, check);
  const verdict = judge(check);
  switch (verdict.type) {
    case 'open':
      return noted;
    case 'hopeless':
      return end(noted, 'failed', `${dispute(round, check)}, all different: none can be trusted`, effects);
    case 'agreed': {
      const trusted = trust(noted, round, check, verdict.answer.digest);
      const [culprit] = verdict.culprits;
      const judged = culprit === undefined ? trusted : convict(trusted, round, culprit, check, effects);
      // Rolled back: the whole step is computed again.
      if (judged.round === undefined) return judged;
      return conclude(judged, judged.round, check, verdict.answer, effects);
    }
  }
}

function withCheck(state: BrainState, round: Round, check: Check): BrainState {
  const checks = round.checks.map((one) => (same(one.node, check.node) ? check : one));
  return { ...state, round: { ...round, checks } };
}

/** Adds the answer that was confirmed, and forgets the others. */
function conclude(state: BrainState, round: Round, { node }: Check, answer: Answer, effects: Effect[]): BrainState {
  const checks = round.checks.filter((check) => !same(check.node, node));
  const others = round.checks.flatMap((check) => (same(check.node, node) ? check.answers : []));
  for (const { task } of others) if (task !== answer.task) effects.push({ type: 'drop', task });
  const alone = cancel(state, (attempt) => attempt.audit && same(attempt.node, node), effects);
  return settle(alone, { ...round, checks }, answer, true, effects);
}

/**
 * A node that is not finite is computed again, by another worker where there is one, its halves apart so that the shard is
 * found. A shard that comes out so twice is the run's, not a worker's.
 */
function suspect(state: BrainState, round: Round, { node, worker, task }: Answer, effects: Effect[]): BrainState {
  effects.push({ type: 'drop', task });
  const before = state.suspicions.filter((suspicion) => contains(suspicion.node, node));
  if (size(node) === 1 && before.length > 0) {
    return diverge(state, round, node, [...before.map((suspicion) => suspicion.worker), worker], effects);
  }
  return { ...state, suspicions: [...state.suspicions, { node, worker }] };
}

function diverge(
  state: BrainState,
  { step }: Round,
  { first, end: past }: TreeNode,
  workers: readonly string[],
  effects: Effect[],
): BrainState {
  const shards = past - first === 1 ? `shard ${first}` : `shards ${first} to ${past - 1}`;
  const reason =
    `step ${step}: the gradient of ${shards} is not finite, as computed by ${[...new Set(workers)].join(' and ')}: ` +
    `the run has diverged; ${lastGood(state)}`;
  return end(state, 'failed', reason, effects);
}

/** A shard's sum was finite after all: whoever said otherwise was wrong. */
export function blame(state: BrainState, step: number, effects: Effect[]): BrainState {
  const wrong = [...new Set(state.suspicions.map(({ worker }) => worker))];
  const noted = wrong.reduce((next, name) => doubt(next, step, name, effects), state);
  return { ...noted, suspicions: [] };
}

function doubt(state: BrainState, step: number, worker: string, effects: Effect[]): BrainState {
  const reason = `step ${step}: its gradient was not finite, and another worker's for the same shards is`;
  effects.push({ type: 'suspect', worker, reason });
  return fault(state, worker, 1);
}
