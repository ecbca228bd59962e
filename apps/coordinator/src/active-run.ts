// The run that trains now: carries out what its brain decides, with workers on one side and the run's thread on the other.

import { type Batches, createBatches, createValidation, type Validation } from '@rondo/data';
import type { Logger } from '@rondo/logging';
import { Broadcast, type FromCoordinator, flatTensors, type TensorHeader } from '@rondo/protocol';
import type { Tensors } from '@rondo/rnn-core';
import {
  type Arithmetic,
  type BrainState,
  type Contribution,
  type Effect,
  type Event,
  initialState,
  ModelArrays,
  type Outcome,
  type Round,
  type StopReason,
  type TreeNode,
  transition,
} from '@rondo/training';
import type { Connection, WorkerResult } from './connection.ts';
import { GradientSlots } from './gradient-slots.ts';
import { nowMs } from './now.ts';
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
  readonly #results = new Map<number, ArrivedResult>();
  /** When each task that is under way was assigned. */
  readonly #assignedAt = new Map<number, number>();
  readonly #arrays: ModelArrays;
  readonly #slots: GradientSlots;
  #brain: BrainState;
  /** Of the newest committed step; encoded once, whoever it goes to. */
  #weights: Broadcast;
  /** Recurrent state after the committed step, and after the step being committed. */
  #states: States;
  #nextStates: States = new Map();
  #evaluation: RunningValidation;
  #committedAt = nowMs();

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
    this.#arrays = new ModelArrays(run.memory);
    this.#slots = new GradientSlots(run.memory);
    this.#weights = this.#broadcast(run.resumption.committed, run.weights);
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
    this.#slots.dropWorker(worker);
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
    this.#slots.drop(task);
    this.#send({ type: 'node-failed', worker, task, reason });
  }

  /** Where a gradient that a worker announces shall lie. */
  place(worker: string, task: number, tensor: TensorHeader): Uint8Array | undefined {
    return this.#slots.place(worker, task, tensor);
  }

  /** Gradients of a node have come. */
  gradients(worker: string, task: number, tensors: readonly TensorHeader[]): void {
    const fault = this.#slots.receive(task, tensors);
    if (fault !== undefined) this.#refuse(worker, task, fault);
  }

  computed(worker: string, result: WorkerResult): void {
    const { round } = this.#brain;
    const task = round?.running.find((entry) => entry.task === result.task && entry.worker === worker);
    const fault = round && task && this.#misfit(round, task.node, result);
    if (fault !== undefined) {
      this.#refuse(worker, result.task, fault);
      return;
    }
    this.#results.set(result.task, { ...result, at: nowMs() });
    this.#send({ type: 'node-computed', worker, task: result.task });
  }

  #misfit({ phase }: Round, node: TreeNode, result: WorkerResult): string | undefined {
    const missing = phase === 'gradients' ? this.#slots.missing(result.task) : undefined;
    if (missing !== undefined) return `the gradient of ${missing} has not come`;
    return misfit(this.#run.programs[phase], node, result);
  }

  #refuse(worker: string, task: number, fault: string): void {
    this.failed(worker, task, fault);
    this.#connections.get(worker)?.refuse(fault);
  }

  /** What the run's thread reports. */
  reported(message: FromRun): void {
    switch (message.type) {
      case 'committed':
        this.#weights = this.#broadcast(message.step, this.#arrays.vector(message.weights));
        this.#states = this.#nextStates;
        this.#evaluation = new RunningValidation(this.#run.brain.validationShards);
        this.#committedAt = nowMs();
        this.#send({ type: 'committed', step: message.step });
        break;
      case 'diverged':
        this.#send({ type: 'diverged', step: message.step });
        break;
      case 'added':
        this.#slots.release(message.free);
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
        this.#worker(effect.worker).prepare({
          run: this.#name,
          engine: (this.#brain.arithmetic as Arithmetic).engine,
          programs: this.#run.programs,
          format: this.#arrays.format,
          shards: this.#run.brain.shards,
        });
        break;
      case 'send-weights':
        this.#worker(effect.worker).weights(this.#weights);
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
        this.#slots.drop(effect.task);
        break;
      case 'add':
        this.#add(effect.task, effect.node);
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
        if (this.#brain.committed === this.#run.resumption.committed) this.#committedAt = nowMs();
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
    this.#assignedAt.set(task, nowMs());
    if (phase === 'gradients') this.#slots.open(task, worker);
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

  #add(task: number, node: TreeNode): void {
    const { lossSum, weight } = this.#results.get(task) as ArrivedResult;
    this.#thread.send({ type: 'add', slot: this.#slots.handOver(task), node, sum: { lossSum, weight } });
  }

  #commit(step: number, contributions: readonly Contribution[]): void {
    const results = contributions.map((contribution) => this.#take(contribution));
    this.#nextStates = joinStates(results);
    const { epoch, from, to } = this.#batches.position(step);
    this.#thread.send({
      type: 'commit',
      request: {
        step,
        epoch,
        positions: [from, to],
        nodes: contributions.map(({ node, worker }) => ({ ...node, worker })),
        workers: workersOf(contributions),
        since: this.#committedAt,
        last: results.reduce((latest, result) => (result.at > latest.at ? result : latest)),
      },
    });
  }

  #foldValidation({ step, last, contributions }: Extract<Effect, { type: 'validated-batch' }>): void {
    this.#evaluation.fold(contributions.map((contribution) => ({ ...this.#take(contribution), ...contribution })));
    if (!last) return;
    const workers = workersOf(contributions);
    const record = { step, epoch: this.#epochOf(step), workers, ...this.#evaluation.sums() };
    this.#thread.send({ type: 'validated', record });
  }

  /** Removes a result from the store. */
  #take({ task }: Contribution): ArrivedResult & { readonly assignedAt: number } {
    const result = this.#results.get(task);
    if (result === undefined) throw new Error(`the result of task ${task} is gone`);
    this.#results.delete(task);
    const assignedAt = this.#assignedAt.get(task) as number;
    this.#assignedAt.delete(task);
    return { ...result, assignedAt };
  }

  #broadcast(step: number, weights: Tensors): Broadcast {
    return new Broadcast<FromCoordinator>({ weights: { run: this.#name, step } }, flatTensors(weights));
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

/** A result and when it came. */
type ArrivedResult = WorkerResult & { readonly at: number };

const workersOf = (contributions: readonly Contribution[]) => new Set(contributions.map(({ worker }) => worker)).size;
