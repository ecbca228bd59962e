// The run that trains now: carries out what its brain decides, with workers on one side and the run's thread on the other.

import type { Logger } from '@rondo/logging';
import { Broadcast, type FromCoordinator, flatTensors, type TensorHeader } from '@rondo/protocol';
import type { Tensors } from '@rondo/rnn-core';
import {
  type Arithmetic,
  type Attempt,
  auditDue,
  type BrainState,
  type Contribution,
  type Effect,
  type Event,
  type Hindrance,
  hindrances,
  initialState,
  ModelArrays,
  type Outcome,
  type Round,
  reportWorkers,
  type Senses,
  type StopReason,
  type TreeNode,
  taskOf,
  transition,
  type WorkerReport,
} from '@rondo/training';
import type { Connection, WorkerResult } from './connection.ts';
import { GradientSlots } from './gradient-slots.ts';
import { HindranceLog } from './hindrance-log.ts';
import { nowMs } from './now.ts';
import { lastWorker, Results } from './results.ts';
import type { RunThread } from './run-thread/client.ts';
import type { FromRun, OpenedRun } from './run-thread/messages.ts';
import { weightVectors } from './run-thread/run-model.ts';
import { RunningValidation } from './running-validation.ts';
import { ShardInputs } from './shard-inputs.ts';
import { joinStates, misfit, type States } from './shard-states.ts';
import { WeightVectors } from './weight-vectors.ts';

/** What is late is noticed this often. */
const tickMs = 100;

export interface ActiveRunEvents {
  /** The run's phase or its reason changed. */
  phase(phase: 'waiting' | 'training', reason: string): void;
  pinned(arithmetic: Arithmetic): void;
  /** What holds the run up now; none once nothing does. */
  hindered(hindrances: readonly Hindrance[]): void;
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
  readonly #inputs: ShardInputs;
  readonly #connections = new Map<string, Connection>();
  readonly #results = new Results();
  readonly #arrays: ModelArrays;
  readonly #slots: GradientSlots;
  readonly #vectors: WeightVectors;
  /** Lets go of the weights that a checkpoint is written of, by step. */
  readonly #checkpoints = new Map<number, () => void>();
  #brain: BrainState;
  /** The event whose effects are carried out, and those that came meanwhile. */
  readonly #waiting: Event[] = [];
  /** Of the newest committed step; encoded once, whoever it goes to. */
  #weights: Broadcast;
  /** Recurrent state after the committed step, and after the step being committed. */
  #states: States;
  #nextStates: States = new Map();
  #evaluation: RunningValidation;
  #committedAt = nowMs();
  #ticking: NodeJS.Timeout | undefined;
  readonly #hindrances: HindranceLog;
  readonly #senses: Senses = {
    silentMs: (worker) => performance.now() - (this.#connections.get(worker)?.lastSeenMs ?? Number.NEGATIVE_INFINITY),
    diskFault: undefined,
  };

  constructor(name: string, run: OpenedRun, thread: RunThread, log: Logger, events: ActiveRunEvents) {
    this.#name = name;
    this.#run = run;
    this.#thread = thread;
    this.#log = log;
    this.#events = events;
    this.#hindrances = new HindranceLog(log, (now) => events.hindered(now));
    this.#inputs = new ShardInputs(run);
    this.#brain = initialState(run.brain, run.resumption);
    this.#evaluation = new RunningValidation(run.brain.validationShards);
    this.#arrays = new ModelArrays(run.memory);
    this.#slots = new GradientSlots(this.#arrays, run.memory.slots);
    this.#vectors = new WeightVectors(weightVectors, run.resumption.committed);
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

  /** How every worker does. */
  workers(): readonly WorkerReport[] {
    return reportWorkers(this.#brain, this.#senses);
  }

  /** To be called once, with the workers that are there. */
  begin(connections: readonly Connection[]): void {
    for (const connection of connections) this.#connections.set(connection.name, connection);
    this.#ticking = setInterval(() => this.#tick(), tickMs);
    this.#send({ type: 'opened', workers: connections.map(({ name, offers }) => ({ worker: name, offers })) });
  }

  joined(connection: Connection): void {
    this.#connections.set(connection.name, connection);
    this.#send({ type: 'worker-joined', worker: connection.name, offers: connection.offers });
  }

  left(worker: string): void {
    this.#connections.delete(worker);
    this.#slots.left(worker);
    this.#vectors.left(worker);
    this.#send({ type: 'worker-left', worker });
  }

  leaving(worker: string): void {
    this.#send({ type: 'worker-leaving', worker });
  }

  stop(reason: StopReason): void {
    this.#send({ type: 'stop', reason });
  }

  failed(worker: string, task: number, reason: string, final: boolean): void {
    if (this.#waitedFor(worker, task)) this.#log.warn({ worker, task, reason }, 'a worker could not compute its node');
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
    const { task, lossSum, weight, states, seconds } = result;
    const attempt = this.#waitedFor(worker, task);
    const fault = attempt && this.#misfit(attempt, result);
    if (fault !== undefined) {
      this.#refuse(worker, task, fault);
      return;
    }
    if (attempt) this.#results.note(result);
    this.#send({
      type: 'node-computed',
      worker,
      task,
      finite: [lossSum, weight].every(Number.isFinite) && areFinite(states) && !this.#isNonFinite(attempt),
      digest: this.#digest(attempt, result),
      computeMs: 1000 * seconds,
    });
  }

  #isNonFinite(attempt: Attempt | undefined): boolean {
    return attempt?.phase === 'gradients' && this.#slots.nonFinite(attempt.task) !== undefined;
  }

  /** Of a node that is audited. */
  #digest(attempt: Attempt | undefined, result: WorkerResult): string | undefined {
    if (attempt?.phase !== 'gradients') return undefined;
    const step = (this.#brain.round as Round).step;
    return auditDue(this.#brain.config, step, attempt.node) ? this.#slots.digest(result.task, result) : undefined;
  }

  #drop(task: number): void {
    this.#results.drop(task);
    this.#slots.drop(task);
  }

  /** The task, if this worker is computing it and somebody waits for it. */
  #waitedFor(worker: string, task: number): Attempt | undefined {
    const attempt = taskOf(this.#brain, worker, task);
    return attempt?.standing === 'cancelled' ? undefined : attempt;
  }

  #misfit({ phase, node }: Attempt, result: WorkerResult): string | undefined {
    const missing = phase === 'gradients' ? this.#slots.complete(result.task) : undefined;
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
        this.#vectors.committed(message.step, message.weights);
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
        this.#releaseWeights(message.step);
        this.#log.info({ step: message.step, seconds: message.seconds }, 'checkpoint written');
        this.#send({ type: 'checkpoint-written', step: message.step });
        break;
      case 'checkpoint-failed':
        this.#releaseWeights(message.step);
        this.#log.error({ step: message.step, reason: message.reason }, 'checkpoint failed');
        this.#send({ type: 'checkpoint-failed', step: message.step, reason: message.reason, diverged: false });
        break;
      case 'broken':
        this.#log.error({ stack: message.stack }, message.message);
        this.#end('failed', message.message);
        break;
      case 'inspected':
      case 'opened':
      case 'refused':
        throw new Error(`the run's thread said ${message.type} of an open run`);
    }
  }

  /** In order: what an effect brings about, such as a worker that is disconnected, comes after all effects. */
  #send(event: Event): void {
    this.#waiting.push(event);
    if (this.#waiting.length > 1) return;
    for (; this.#waiting.length > 0; this.#waiting.shift()) {
      const { state, effects } = transition(this.#brain, this.#waiting[0], nowMs());
      this.#brain = state;
      for (const effect of effects) this.#carryOut(effect);
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'pin':
        this.#events.pinned(effect.arithmetic);
        break;
      case 'prepare':
        this.#connections.get(effect.worker)?.prepare({
          run: this.#name,
          engine: (this.#brain.arithmetic as Arithmetic).engine,
          programs: this.#run.programs,
          format: this.#arrays.format,
          shards: this.#run.brain.shards,
        });
        break;
      case 'send-weights':
        this.#sendWeights(effect.worker);
        break;
      case 'assign':
        this.#assign(effect);
        break;
      case 'idle':
        this.#log.info({ worker: effect.worker, reason: effect.reason }, 'worker idle');
        this.#connections.get(effect.worker)?.idle(effect.reason);
        break;
      case 'cancel':
        this.#connections.get(effect.worker)?.cancel(effect.task);
        this.#drop(effect.task);
        break;
      case 'drop':
        this.#drop(effect.task);
        break;
      case 'refuse':
        this.#log.warn({ worker: effect.worker, task: effect.task, reason: effect.reason }, 'result refused');
        break;
      case 'suspect':
      case 'put-aside':
        this.#log.error({ worker: effect.worker, reason: effect.reason }, effect.type);
        break;
      case 'roll-back':
        throw new Error('this coordinator does not roll back');
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
        this.#checkpoints.set(effect.step, this.#vectors.hold(this.#vectors.present));
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
        this.#end(effect.outcome, effect.reason);
        break;
    }
  }

  #tick(): void {
    this.#send({ type: 'tick' });
    this.#hindrances.look(hindrances(this.#brain, this.#senses));
  }

  #end(outcome: Outcome, reason: string): void {
    clearInterval(this.#ticking);
    this.#events.ended(outcome, reason);
  }

  #sendWeights(worker: string): void {
    const sent = this.#connections.get(worker)?.weights(this.#weights);
    if (sent !== undefined) this.#vectors.send(worker, sent);
  }

  #assign({ worker, task, phase, step, batch, node }: Extract<Effect, { type: 'assign' }>): void {
    const connection = this.#connections.get(worker);
    if (connection === undefined) return;
    const shards =
      phase === 'gradients'
        ? this.#inputs.training(step, node, this.#states)
        : this.#inputs.evaluation(batch, node, this.#evaluation.states);
    this.#results.assigned(task);
    try {
      if (phase === 'gradients') this.#slots.open(task, worker, this.#disconnect);
    } catch (error) {
      this.#end('failed', `step ${step}: ${(error as Error).message}`);
      return;
    }
    connection.assign({ task, run: this.#name, phase, step, node, shards });
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
        to: this.#vectors.next(this.#disconnect),
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

  /** For who is in the way of the others. */
  readonly #disconnect = (worker: string, reason: string): void => {
    this.#log.warn({ worker, reason }, 'a worker is disconnected');
    this.#connections.get(worker)?.refuse(reason);
  };

  #releaseWeights(step: number): void {
    this.#checkpoints.get(step)?.();
    this.#checkpoints.delete(step);
  }

  #noteMetrics(line: string): void {
    const fields = JSON.parse(line);
    this.#log.info(fields, fields.split === 'validation' ? 'validated' : 'committed');
    this.#events.metrics(line);
  }
}

const areFinite = (states: States) =>
  [...states.values()].every((tensors) => Object.values(tensors).every((values) => values.every(Number.isFinite)));

const workersOf = (contributions: readonly Contribution[]) => new Set(contributions.map(({ worker }) => worker)).size;
