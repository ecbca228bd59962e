// The run that trains now: carries out what its brain decides, with workers on one side and the run's thread on the other.

import { type Batches, createBatches, createValidation, type Validation } from '@rondo/data';
import type { Logger } from '@rondo/logging';
import type { Tensors } from '@rondo/rnn-core';
import {
  type Arithmetic,
  type BrainState,
  type Contribution,
  type Effect,
  type Event,
  initialState,
  type Outcome,
  type Round,
  type StopReason,
  type TreeNode,
  transition,
} from '@rondo/training';
import type { Connection, WorkerResult } from './connection.ts';
import type { RunThread } from './run-thread/client.ts';
import type { FromRun, OpenedRun } from './run-thread/messages.ts';
import { RunningValidation } from './running-validation.ts';
import { joinStates, misfit, type States, zeroStates } from './shard-data.ts';

export interface ActiveRunEvents {
  /** The run's phase or its reason changed. */
  phase(phase: 'waiting' | 'training', reason: string): void;
  pinned(arithmetic: Arithmetic): void;
  /** A line was added to metrics.jsonl. */
  metrics(line: string): void;
  ended(outcome: Outcome, reason: string): void;
}

export class ActiveRun {
  readonly #name: string;
  readonly #run: OpenedRun;
  readonly #thread: RunThread;
  readonly #log: Logger;
  readonly #events: ActiveRunEvents;
  readonly #batches: Batches;
  readonly #validation: Validation | null;
  readonly #connections = new Map<string, Connection>();
  readonly #results = new Map<number, WorkerResult>();
  #brain: BrainState;
  #weights: Tensors;
  /** Recurrent state after the committed step, and after the step being committed. */
  #states: States;
  #nextStates: States = new Map();
  #evaluation: RunningValidation;
  /** In milliseconds of the performance clock. */
  #committedAt = performance.now();

  constructor(name: string, run: OpenedRun, thread: RunThread, log: Logger, events: ActiveRunEvents) {
    this.#name = name;
    this.#run = run;
    this.#thread = thread;
    this.#log = log;
    this.#events = events;
    this.#batches = createBatches(run.tokens.training, run.job.spec.training);
    this.#validation = createValidation(run.tokens.validation, run.job.spec.training);
    this.#brain = initialState(run.brain, run.resumption);
    this.#evaluation = new RunningValidation(run.brain.validationShards);
    this.#weights = run.weights;
    this.#states = run.states;
  }

  get arithmetic(): Arithmetic | undefined {
    return this.#brain.arithmetic;
  }

  /** Nodes computed for this run and what the worker was last told, by worker. */
  workers(): ReadonlyMap<string, { nodes: number; state: string }> {
    return new Map(
      this.#brain.workers.map(({ name, nodes, idle, leaving, task }) => {
        const state = leaving ? 'leaving' : idle === undefined ? 'working' : `idle: ${idle}`;
        return [name, { nodes, state: task === undefined && state === 'working' ? 'ready' : state }];
      }),
    );
  }

  /** To be called once, with the workers that are there. */
  begin(connections: readonly Connection[]): void {
    for (const connection of connections) this.#connections.set(connection.name, connection);
    this.#send({ type: 'opened', workers: connections.map(({ name, offers }) => ({ worker: name, offers })) });
  }

  joined(connection: Connection): void {
    this.#connections.set(connection.name, connection);
    this.#send({ type: 'worker-joined', worker: connection.name, offers: connection.offers });
  }

  left(worker: string): void {
    this.#connections.delete(worker);
    this.#send({ type: 'worker-left', worker });
  }

  leaving(worker: string): void {
    this.#send({ type: 'worker-leaving', worker });
  }

  stop(reason: StopReason): void {
    this.#send({ type: 'stop', reason });
  }

  failed(worker: string, task: number, reason: string): void {
    this.#log.warn({ worker, task, reason }, 'a worker could not compute its node');
    this.#send({ type: 'node-failed', worker, task, reason });
  }

  computed(worker: string, result: WorkerResult): void {
    const task = this.#brain.round?.running.find((entry) => entry.task === result.task && entry.worker === worker);
    const fault = task && misfit(this.#run.programs[(this.#brain.round as Round).phase], task.node, result);
    if (fault !== undefined) {
      this.failed(worker, result.task, fault);
      this.#connections.get(worker)?.refuse(fault);
      return;
    }
    this.#results.set(result.task, result);
    this.#send({ type: 'node-computed', worker, task: result.task });
  }

  /** What the run's thread reports. */
  reported(message: FromRun): void {
    switch (message.type) {
      case 'committed':
        this.#weights = message.weights;
        this.#states = this.#nextStates;
        this.#evaluation = new RunningValidation(this.#run.brain.validationShards);
        this.#noteMetrics(message.metrics);
        this.#send({ type: 'committed', step: message.step });
        break;
      case 'diverged':
        this.#send({ type: 'diverged', step: message.step });
        break;
      case 'recorded':
        this.#noteMetrics(message.metrics);
        break;
      case 'checkpoint-written':
        this.#log.info({ step: message.step, seconds: message.seconds }, 'checkpoint written');
        this.#send({ type: 'checkpoint-written', step: message.step });
        break;
      case 'checkpoint-failed':
        this.#log.error({ step: message.step, reason: message.reason }, 'checkpoint failed');
        this.#send({ type: 'checkpoint-failed', step: message.step, reason: message.reason });
        break;
      case 'broken':
        this.#events.ended('failed', message.message);
        break;
      case 'inspected':
      case 'opened':
      case 'refused':
        throw new Error(`the run's thread said ${message.type} of an open run`);
    }
  }

  #send(event: Event): void {
    const { state, effects } = transition(this.#brain, event);
    this.#brain = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'pin':
        this.#events.pinned(effect.arithmetic);
        break;
      case 'prepare':
        this.#worker(effect.worker).prepare(
          this.#name,
          (this.#brain.arithmetic as Arithmetic).engine,
          this.#run.programs,
        );
        break;
      case 'send-weights':
        this.#worker(effect.worker).weights(this.#name, effect.step, this.#weights);
        break;
      case 'assign':
        this.#assign(effect);
        break;
      case 'idle':
        this.#log.info({ worker: effect.worker, reason: effect.reason }, 'worker idle');
        this.#worker(effect.worker).idle(effect.reason);
        break;
      case 'discard':
        // What was under way when a run ends is expected to come too late.
        this.#log[this.#brain.ending ? 'debug' : 'warn'](
          { worker: effect.worker, task: effect.task, reason: effect.reason },
          'result refused',
        );
        this.#results.delete(effect.task);
        break;
      case 'commit':
        this.#commit(effect.step, effect.contributions);
        break;
      case 'validated-batch':
        this.#foldValidation(effect);
        break;
      case 'checkpoint':
        this.#thread.send({
          type: 'checkpoint',
          request: {
            step: effect.step,
            states: this.#states,
            program: this.#run.programs.gradients,
            arithmetic: this.#brain.arithmetic as Arithmetic,
          },
        });
        break;
      case 'phase':
        // Waiting for the first workers is not part of the first step.
        if (this.#brain.committed === this.#run.resumption.committed) this.#committedAt = performance.now();
        this.#log.info({ phase: effect.phase }, effect.reason);
        this.#events.phase(effect.phase, effect.reason);
        break;
      case 'end':
        this.#events.ended(effect.outcome, effect.reason);
        break;
    }
  }

  #assign({ worker, task, phase, step, batch, node }: Extract<Effect, { type: 'assign' }>): void {
    const inputs = phase === 'gradients' ? this.#trainingInputs(step) : this.#evaluationInputs(batch);
    const shards = new Map<number, Tensors>();
    for (let shard = node.first; shard < node.end; shard++) shards.set(shard, inputs(shard));
    this.#worker(worker).assign({ task, run: this.#name, phase, step, node, shards });
  }

  /** The inputs of a shard in a training step: the state runs on with `stateful`, but not into a new epoch. */
  #trainingInputs(step: number): (shard: number) => Tensors {
    const { stepInEpoch } = this.#batches.position(step);
    const carried = this.#run.job.spec.training.stateful && stepInEpoch > 0;
    return (shard) => ({
      ...this.#batches.shard(stepInEpoch, shard),
      ...((carried ? this.#states.get(shard) : undefined) ?? zeroStates(this.#run.programs.gradients)),
    });
  }

  /** The inputs of a shard in one batch of validation: from zero state, which then runs on. */
  #evaluationInputs(batch: number): (shard: number) => Tensors {
    return (shard) => ({
      ...(this.#validation as Validation).shard(batch, shard),
      ...(this.#evaluation.states.get(shard) ?? zeroStates(this.#run.programs.evaluation)),
    });
  }

  #commit(step: number, contributions: readonly Contribution[]): void {
    const results = contributions.map((contribution) => this.#take(contribution));
    this.#nextStates = joinStates(results);
    const { epoch, from, to } = this.#batches.position(step);
    const workers = workersOf(contributions);
    const now = performance.now();
    const seconds = (now - this.#committedAt) / 1000;
    this.#committedAt = now;
    const request = { step, epoch, positions: [from, to] as const, results, seconds, workers };
    this.#thread.send({ type: 'commit', request });
  }

  #foldValidation({ step, last, contributions }: Extract<Effect, { type: 'validated-batch' }>): void {
    const results = contributions.map((contribution) => this.#take(contribution));
    this.#evaluation.fold(results);
    if (!last) return;
    const workers = workersOf(contributions);
    const record = { step, epoch: this.#epochOf(step), workers, ...this.#evaluation.sums() };
    this.#thread.send({ type: 'validated', record });
  }

  /** Removes a result from the store, with its node and worker. */
  #take({ task, node, worker }: Contribution): WorkerResult & { node: TreeNode; worker: string } {
    const result = this.#results.get(task);
    if (result === undefined) throw new Error(`the result of task ${task} is gone`);
    this.#results.delete(task);
    return { ...result, node, worker };
  }

  #worker(name: string): Connection {
    const connection = this.#connections.get(name);
    if (connection === undefined) throw new Error(`worker ${name} is not connected`);
    return connection;
  }

  #epochOf(step: number): number {
    return step === 0 ? 0 : this.#batches.position(step).epoch;
  }

  #noteMetrics(line: string): void {
    const fields = JSON.parse(line);
    this.#log.info(fields, fields.split === 'validation' ? 'validated' : 'committed');
    this.#events.metrics(line);
  }
}

const workersOf = (contributions: readonly Contribution[]) => new Set(contributions.map(({ worker }) => worker)).size;
