// The run that trains now: carries out what its brain decides, with workers on one side and the run's thread on the other.

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
import { lastWorker, Results } from './results.ts';
import type { RunThread } from './run-thread/client.ts';
import type { FromRun, OpenedRun } from './run-thread/messages.ts';
import { RunningValidation } from './running-validation.ts';
import { ShardInputs } from './shard-inputs.ts';
import { joinStates, misfit, type States } from './shard-states.ts';

export interface ActiveRunEvents {
  /** The run's phase or its reason changed. */
  phase(phase: 'waiting' | 'training', reason: string): void;
  pinned(arithmetic: Arithmetic): void;
  /** A line was added to metrics.jsonl. */
  metrics(line: string): void;
  ended(outcome: Outcome, reason: string): void;
  /** The disk begins to refuse something, or does not any more. */
  disk(what: string, fault: string | undefined): void;
}

export class ActiveRun {
  readonly #name: string;
  readonly #run: OpenedRun;
  readonly #thread: RunThread;
  readonly #log: Logger;
  readonly #events: ActiveRunEvents;
  readonly #inputs: ShardInputs;
  readonly #connections = new Map<string, Connection>();
  readonly #results = new Results();
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
    this.#inputs = new ShardInputs(run);
    this.#brain = initialState(run.brain, run.resumption);
    this.#evaluation = new RunningValidation(run.brain.validationShards);
    this.#arrays = new ModelArrays(run.memory);
    this.#slots = new GradientSlots(this.#arrays, run.memory.slots);
    this.#weights = this.#broadcast(run.resumption.committed, run.weights);
    this.#states = run.states;
  }

  get arithmetic(): Arithmetic | undefined {
    return this.#brain.arithmetic;
  }

  /** A number that no task has had. */
  get nextTask(): number {
    return this.#brain.nextTask;
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

  failed(worker: string, task: number, reason: string, final: boolean): void {
    this.#log.warn({ worker, task, reason }, 'a worker could not compute its node');
    if (this.#running(worker, task)) {
      this.#results.drop(task);
      this.#slots.drop(task);
    }
    this.#send({ type: 'node-failed', worker, task, reason, final });
  }

  /** Where a gradient that a worker announces shall lie. */
  place(worker: string, task: number, tensor: TensorHeader): Uint8Array | undefined {
    return this.#slots.place(worker, task, tensor);
  }

  /** Gradients of a node have come. */
  gradients(worker: string, task: number, tensors: readonly TensorHeader[]): void {
    const fault = this.#slots.receive(worker, task, tensors);
    if (fault !== undefined) this.#refuse(worker, task, fault);
  }

  computed(worker: string, result: WorkerResult): void {
    const task = this.#running(worker, result.task);
    const fault = task && this.#misfit(this.#brain.round as Round, task.node, result);
    if (fault !== undefined) {
      this.#refuse(worker, result.task, fault);
      return;
    }
    if (task) this.#results.note(result);
    this.#send({ type: 'node-computed', worker, task: result.task });
  }

  /** The task, if this worker is computing it and somebody waits for it. */
  #running(worker: string, task: number): Contribution | undefined {
    return this.#brain.round?.running.find((entry) => entry.task === task && entry.worker === worker);
  }

  #misfit({ phase }: Round, node: TreeNode, result: WorkerResult): string | undefined {
    const missing = phase === 'gradients' ? this.#slots.missing(result.task) : undefined;
    if (missing !== undefined) return `the gradient of ${missing} has not come`;
    return misfit(this.#run.programs[phase], node, result);
  }

  #refuse(worker: string, task: number, fault: string): void {
    this.failed(worker, task, fault, false);
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
        this.#log.info(
          { step: message.step, seconds: message.seconds, blockedSeconds: message.blockedSeconds },
          'checkpoint written',
        );
        this.#send({ type: 'checkpoint-written', step: message.step });
        break;
      case 'checkpoint-failed':
        this.#log.error({ step: message.step, reason: message.reason }, 'checkpoint failed');
        this.#send({ type: 'checkpoint-failed', step: message.step, reason: message.reason });
        break;
      case 'broken':
        this.#log.error({ stack: message.stack }, message.message);
        this.#events.ended('failed', message.message);
        break;
      case 'disk':
        this.#events.disk(message.what, message.fault);
        break;
      case 'inspected':
      case 'opened':
      case 'refused':
      case 'rolled-back':
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
            needed: [],
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
    const shards =
      phase === 'gradients'
        ? this.#inputs.training(step, node, this.#states)
        : this.#inputs.evaluation(batch, node, this.#evaluation.states);
    this.#results.assigned(task);
    try {
      if (phase === 'gradients') this.#slots.open(task, worker);
    } catch (error) {
      this.#events.ended('failed', `step ${step}: ${(error as Error).message}`);
      return;
    }
    this.#worker(worker).assign({ task, run: this.#name, phase, step, node, shards });
  }

  #add(task: number, node: TreeNode): void {
    const { lossSum, weight } = this.#results.of(task);
    this.#thread.send({ type: 'add', slot: this.#slots.handOver(task), node, sum: { lossSum, weight } });
  }

  #commit(step: number, contributions: readonly Contribution[]): void {
    const results = this.#results.take(contributions);
    this.#nextStates = joinStates(results);
    const { epoch, from, to } = this.#inputs.batches.position(step);
    this.#thread.send({
      type: 'commit',
      request: {
        step,
        epoch,
        positions: [from, to],
        nodes: contributions.map(({ node, worker }) => ({ ...node, worker })),
        workers: workersOf(contributions),
        since: this.#committedAt,
        last: lastWorker(results, contributions),
      },
    });
  }

  #foldValidation({ step, last, contributions }: Extract<Effect, { type: 'validated-batch' }>): void {
    const results = this.#results.take(contributions);
    this.#evaluation.fold(results.map((result, i) => ({ ...result, node: contributions[i].node })));
    if (!last) return;
    const workers = workersOf(contributions);
    const record = { step, epoch: this.#inputs.epochOf(step), workers, ...this.#evaluation.sums() };
    this.#thread.send({ type: 'validated', record });
    // The step that follows did not wait for its workers.
    this.#committedAt = nowMs();
  }

  #broadcast(step: number, weights: Tensors): Broadcast {
    return new Broadcast<FromCoordinator>({ weights: { run: this.#name, step } }, flatTensors(weights));
  }

  #worker(name: string): Connection {
    const connection = this.#connections.get(name);
    if (connection === undefined) throw new Error(`worker ${name} is not connected`);
    return connection;
  }

  #noteMetrics(line: string): void {
    const fields = JSON.parse(line);
    this.#log.info(fields, fields.split === 'validation' ? 'validated' : 'committed');
    this.#events.metrics(line);
  }
}

const workersOf = (contributions: readonly Contribution[]) => new Set(contributions.map(({ worker }) => worker)).size;
