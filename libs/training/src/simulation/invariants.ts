// What must be true of every event and effect of a brain, from the start of a run to its end or its coordinator's crash.

import type { Contribution, Effect, Event, Newcomer, Resumption } from '../brain/index.ts';
import { isNode, nodeName, type TreeNode } from '../reduction-tree.ts';
import type { Weights } from './arithmetic.ts';
import type { History } from './history.ts';
import type { Result } from './network.ts';
import { expectStep, SavingInvariants } from './saving-invariants.ts';
import { Violation } from './transcript.ts';

type Of<T extends Effect['type']> = Extract<Effect, { type: T }>;

interface Known {
  readonly fingerprint: string | undefined;
  leaving: boolean;
  prepared: boolean;
  weights: number | undefined;
  task: number | undefined;
}

interface Attempt extends Of<'assign'> {
  /** `answered`: its result is there and may be used. */
  standing: 'running' | 'answered' | 'unwanted';
  result?: Result;
}

export class Invariants {
  readonly #history: History;
  readonly #workers = new Map<string, Known>();
  readonly #aside: Set<string>;
  readonly #attempts = new Map<number, Attempt>();
  readonly #saving: SavingInvariants;
  #fingerprint: string | undefined;
  #newestTask: number;
  #committed: number;
  #committing = false;
  #rollingBack = false;
  #owesValidation: boolean;
  #validated = 0;
  #added: Attempt[] = [];
  #ended = false;

  constructor(history: History, { committed, validated, arithmetic, firstTask = 1, aside = {} }: Resumption) {
    this.#history = history;
    this.#committed = committed;
    this.#owesValidation = committed > 0 && !validated;
    this.#fingerprint = arithmetic?.fingerprint;
    this.#newestTask = firstTask - 1;
    this.#aside = new Set(Object.keys(aside));
    this.#saving = new SavingInvariants(history.schedule, committed);
  }

  /** @param result what came with `node-computed`. */
  event(event: Event, atMs: number, result?: Result): void {
    this.#saving.event(event, atMs, this.#committing || this.#rollingBack || this.#owesValidation);
    switch (event.type) {
      case 'opened':
        for (const newcomer of event.workers) this.#join(newcomer);
        break;
      case 'worker-joined':
        this.#join(event);
        break;
      case 'worker-left':
        for (const attempt of this.#attempts.values()) {
          if (attempt.worker === event.worker && attempt.standing === 'running') attempt.standing = 'unwanted';
        }
        this.#workers.delete(event.worker);
        break;
      case 'worker-leaving':
        this.#worker(event.worker).leaving = true;
        break;
      case 'node-computed':
      case 'node-failed':
        this.#answered(event.worker, event.task, result);
        break;
      case 'committed':
        this.#at(event.step, false);
        break;
      case 'rolled-back':
        this.#rollingBack = false;
        this.#at(event.step, event.validated);
        break;
      case 'diverged':
        this.#committing = false;
        break;
    }
  }

  effect(effect: Effect, weights: Weights, atMs: number): void {
    if (this.#ended) throw new Violation(`${effect.type} after the end`);
    switch (effect.type) {
      case 'pin':
        if (this.#fingerprint !== undefined) throw new Violation('the arithmetic is pinned twice');
        this.#fingerprint = effect.arithmetic.fingerprint;
        break;
      case 'prepare':
        this.#worker(effect.worker).prepared = true;
        break;
      case 'send-weights':
        expectStep(effect.step, weights.step, 'the weights that are sent');
        this.#worker(effect.worker).weights = effect.step;
        break;
      case 'assign':
        this.#assigned(effect);
        break;
      case 'cancel':
        this.#cancelled(effect);
        break;
      case 'drop':
        this.#dropped(effect.task);
        break;
      case 'refuse':
        if (this.#workers.get(effect.worker)?.task === effect.task)
          throw new Violation('an answer is refused that is due');
        break;
      case 'suspect':
        this.#history.suspected(effect.worker);
        break;
      case 'put-aside':
        this.#history.putAside(effect.worker);
        this.#aside.add(effect.worker);
        break;
      case 'roll-back':
        if (effect.to > this.#committed)
          throw new Violation(`a roll-back to step ${effect.to}, which was not committed`);
        this.#expectIdle('a roll-back');
        this.#rollingBack = true;
        this.#added = [];
        break;
      case 'add':
        this.#add(effect, weights);
        break;
      case 'commit':
        this.#commit(effect);
        break;
      case 'validated-batch':
        this.#validatedBatch(effect);
        break;
      case 'checkpoint':
        this.#expectIdle('a checkpoint');
        expectStep(effect.step, this.#committed, 'a checkpoint');
        this.#saving.asked(effect.step, atMs);
        break;
      case 'end':
        this.#expectIdle('the end');
        this.#saving.ended(effect, this.#committed);
        if (effect.outcome === 'finished' && this.#owesValidation) throw new Violation('finished without a validation');
        for (const { standing, task } of this.#attempts.values()) {
          if (standing === 'running') throw new Violation(`task ${task} is still wanted at the end`);
        }
        this.#ended = true;
        break;
      case 'idle':
        this.#worker(effect.worker);
        break;
      case 'phase':
        break;
    }
  }

  #join({ worker, offers }: Newcomer): void {
    const known = { leaving: false, prepared: false, weights: undefined, task: undefined };
    this.#workers.set(worker, { ...known, fingerprint: offers[0]?.fingerprint });
  }

  #worker(name: string): Known {
    const worker = this.#workers.get(name);
    if (worker === undefined) throw new Violation(`${name} is not connected`);
    return worker;
  }

  #answered(name: string, task: number, result: Result | undefined): void {
    const worker = this.#worker(name);
    const attempt = this.#attempts.get(task);
    if (worker.task !== task) return;
    worker.task = undefined;
    if (attempt?.standing !== 'running') return;
    if (result === undefined) attempt.standing = 'unwanted';
    else Object.assign(attempt, { standing: 'answered', result });
  }

  #at(step: number, validated: boolean): void {
    const { validateEvery, validationBatches, steps } = this.#history.schedule.config;
    this.#committed = step;
    this.#committing = false;
    const due = step > 0 && (step % validateEvery === 0 || step === steps) && validationBatches > 0;
    this.#owesValidation = due && !validated;
    this.#validated = 0;
    this.#added = [];
    this.#attempts.clear();
  }

  #assigned(effect: Of<'assign'>): void {
    const { worker: name, task, phase, step, node } = effect;
    const worker = this.#worker(name);
    const what = `task ${task} for ${name}`;
    this.#expectIdle(what);
    if (worker.leaving) throw new Violation(`${what}, which is leaving`);
    if (this.#aside.has(name)) throw new Violation(`${what}, which was put aside`);
    if (!worker.prepared) throw new Violation(`${what}, which has no programs`);
    if (worker.task !== undefined) throw new Violation(`${what}, which has task ${worker.task}`);
    if (task <= this.#newestTask) throw new Violation(`${what}: a number that was used`);
    const { config } = this.#history.schedule;
    if (!config.mixed && worker.fingerprint !== this.#fingerprint) throw new Violation(`${what} of another arithmetic`);
    const training = phase === 'gradients';
    if (training === this.#owesValidation) throw new Violation(`${what}: ${phase} is not what is due`);
    expectStep(step, this.#committed + (training ? 1 : 0), what);
    expectStep(worker.weights, this.#committed, `the weights of ${name}`);
    const shards = training ? config.shards : config.validationShards;
    if (!isNode(node, { first: 0, end: shards })) throw new Violation(`${what}: ${nodeName(node)} is no node`);
    this.#expectUseful(effect);
    if (training) this.#expectSlot(task);
    worker.task = task;
    this.#newestTask = task;
    this.#attempts.set(task, { ...effect, standing: 'running' });
  }

  /** No shard is computed that is there already, nor by more than two at once. */
  #expectUseful({ task, node, phase, step, batch }: Of<'assign'>): void {
    const overlapping = ({ node: other }: Attempt) => other.first < node.end && node.first < other.end;
    if (this.#added.some(overlapping)) throw new Violation(`task ${task}: ${nodeName(node)} was added already`);
    const running = [...this.#attempts.values()].filter(
      (one) => one.standing === 'running' && one.phase === phase && one.step === step && one.batch === batch,
    );
    for (let shard = node.first; shard < node.end; shard++) {
      const computing = running.filter((one) => one.node.first <= shard && shard < one.node.end);
      if (computing.length > 1) throw new Violation(`task ${task}: shard ${shard} is computed twice already`);
    }
  }

  /** Every gradient that is received or held takes a slot of the run's memory until its step is committed. */
  #expectSlot(task: number): void {
    const step = this.#committed + 1;
    const held = [...this.#attempts.values()].filter(
      (one) => one.step === step && one.phase === 'gradients' && one.standing !== 'unwanted',
    );
    if (held.length >= this.#history.schedule.config.slots) throw new Violation(`no slot is left for task ${task}`);
  }

  #cancelled({ worker, task }: Of<'cancel'>): void {
    if (this.#worker(worker).task !== task)
      throw new Violation(`task ${task} is cancelled, ${worker} does not have it`);
    if (this.#attempts.get(task)?.standing !== 'running') throw new Violation(`task ${task} is cancelled twice`);
    this.#dropped(task);
  }

  #dropped(task: number): void {
    const attempt = this.#attempts.get(task);
    if (attempt === undefined) throw new Violation(`task ${task} is dropped, which nobody was given`);
    if (this.#added.includes(attempt)) throw new Violation(`task ${task} is dropped after it was added`);
    attempt.standing = 'unwanted';
  }

  #add({ task, node }: Of<'add'>, weights: Weights): void {
    const attempt = this.#usable(task, node, 'gradients', this.#committed + 1);
    const { worker, step, result } = attempt;
    const { finite, value } = result as Result;
    if (!finite) throw new Violation(`task ${task} is added, and not finite`);
    const audited = this.#history.auditDue(step, node);
    if (audited && !this.#confirmed(attempt)) throw new Violation(`task ${task} is added without its audit`);
    this.#history.added(worker, weights, step, node, value, audited);
    this.#added.push(attempt);
  }

  /** Another worker has computed the same. */
  #confirmed({ worker, step, node, result }: Attempt): boolean {
    return [...this.#attempts.values()].some(
      (other) =>
        other.worker !== worker &&
        other.step === step &&
        other.phase === 'gradients' &&
        nodeName(other.node) === nodeName(node) &&
        other.result?.value === result?.value,
    );
  }

  #usable(task: number, node: TreeNode, phase: Attempt['phase'], step: number): Attempt {
    const attempt = this.#attempts.get(task);
    if (attempt?.standing !== 'answered') throw new Violation(`task ${task} is used, which has no answer that counts`);
    if (attempt.phase !== phase || attempt.step !== step || nodeName(attempt.node) !== nodeName(node)) {
      throw new Violation(`task ${task} is used for something else`);
    }
    if (this.#added.includes(attempt)) throw new Violation(`task ${task} is added twice`);
    return attempt;
  }

  #commit({ step, contributions }: Of<'commit'>): void {
    this.#expectIdle('a commit');
    expectStep(step, this.#committed + 1, 'a commit');
    expectEveryShardOnce(contributions, this.#history.schedule.config.shards);
    const added = new Set(this.#added.map(({ task }) => task));
    if (contributions.length !== added.size || contributions.some(({ task }) => !added.has(task))) {
      throw new Violation(`step ${step} is committed with other nodes than were added`);
    }
    this.#saving.committing(step);
    this.#committing = true;
  }

  #validatedBatch({ step, batch, last, contributions }: Of<'validated-batch'>): void {
    const { validationShards, validationBatches } = this.#history.schedule.config;
    if (!this.#owesValidation) throw new Violation(`a validation after step ${step} that is not due`);
    expectStep(batch, this.#validated++, 'the batch of a validation');
    if (last !== (this.#validated === validationBatches)) throw new Violation('the last batch is another');
    expectEveryShardOnce(contributions, validationShards);
    for (const { task, node } of contributions) this.#usable(task, node, 'evaluation', this.#committed);
    if (last) this.#owesValidation = false;
  }

  #expectIdle(what: string): void {
    if (this.#committing) throw new Violation(`${what} during a commit`);
    if (this.#rollingBack) throw new Violation(`${what} during a roll-back`);
  }
}

function expectEveryShardOnce(contributions: readonly Contribution[], shards: number): void {
  let next = 0;
  for (const { node } of contributions) {
    if (node.first !== next) throw new Violation(`${nodeName(node)} where shard ${next} was to come`);
    next = node.end;
  }
  if (next !== shards) throw new Violation(`${next} of ${shards} shards`);
}
