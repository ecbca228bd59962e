// The run that trains now: carries out what its brain decides, with workers on one side and the run's thread on the other.

import type { Logger } from '@rondo/logging';
import type { TensorHeader } from '@rondo/protocol';
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
  nodesWaiting,
  type Outcome,
  reportWorkers,
  type Senses,
  type StopReason,
  silenceMs,
  taskOf,
  transition,
  type WorkerReport,
} from '@rondo/training';
import type { ActiveRunEvents } from './active-run-events.ts';
import type { Connection, WorkerResult } from './connection.ts';
import { HindranceLog } from './hindrance-log.ts';
import { NodeAnswers } from './node-answers.ts';
import { nowMs } from './now.ts';
import { PresentModel } from './present-model.ts';
import { RoundRecords } from './round-records.ts';
import type { RunThread } from './run-thread/client.ts';
import type { FromRun, OpenedRun } from './run-thread/messages.ts';
import { ShardInputs } from './shard-inputs.ts';
import { joinStates, type States } from './shard-states.ts';
import { type WorkerEffect, WorkerEffects } from './worker-effects.ts';

/** What is late is noticed this often. */
const tickMs = 100;

export class ActiveRun {
  readonly #run: OpenedRun;
  readonly #thread: RunThread;
  readonly #log: Logger;
  readonly #events: ActiveRunEvents;
  readonly #toWorkers: WorkerEffects;
  readonly #connections = new Map<string, Connection>();
  readonly #answers: NodeAnswers;
  readonly #model: PresentModel;
  #brain: BrainState;
  /** The event whose effects are carried out, and those that came meanwhile. */
  readonly #waiting: Event[] = [];
  /** Recurrent state after the step being committed, and where its weights, or those of a roll-back, are to lie. */
  #nextStates: States = new Map();
  #nextVector = 0;
  readonly #records: RoundRecords;
  /** The evaluation has results that the run's thread scores. */
  readonly #scored: boolean;
  #ticking: NodeJS.Timeout | undefined;
  #over = false;
  /** Workers put aside, and why, that are not written down yet. */
  readonly #convicted: [worker: string, reason: string][] = [];
  readonly #hindrances: HindranceLog;
  readonly #senses: Senses = {
    silentMs: (worker) => performance.now() - (this.#connections.get(worker)?.lastSeenMs ?? Number.NEGATIVE_INFINITY),
    diskFaults: () => this.#events.diskFaults(),
  };

  constructor(name: string, run: OpenedRun, thread: RunThread, log: Logger, events: ActiveRunEvents) {
    this.#run = run;
    this.#thread = thread;
    this.#log = log;
    this.#events = events;
    this.#hindrances = new HindranceLog(log, () => events.hindered());
    const inputs = new ShardInputs(run);
    this.#brain = initialState(run.brain, run.resumption);
    this.#scored = run.programs.evaluation.some(({ outputs }) => outputs.some(({ role }) => role === 'result'));
    this.#records = new RoundRecords(inputs, run.brain.validationShards);
    const arrays = new ModelArrays(run.memory);
    this.#answers = new NodeAnswers(arrays, run.memory.slots);
    this.#model = new PresentModel(name, arrays, run.resumption.committed, run.states);
    const { disconnect } = this;
    this.#toWorkers = new WorkerEffects({
      ...{ name, run, log, inputs, disconnect },
      ...{ model: this.#model, records: this.#records, answers: this.#answers },
    });
  }

  /** A number that no task has had. */
  get nextTask(): number {
    return this.#brain.nextTask;
  }

  /** The newest committed step, and the newest checkpoint on disk. */
  get position(): { readonly step: number; readonly checkpoint: number } {
    return { step: this.#brain.committed, checkpoint: this.#brain.written };
  }

  /** How every worker does, and what holds the run up. */
  readonly workers = (): readonly WorkerReport[] => reportWorkers(this.#brain, this.#senses);
  readonly hindrances = (): readonly Hindrance[] => this.#hindrances.present;
  readonly nodesWaiting = (): number => nodesWaiting(this.#brain);

  /** That is being computed. */
  get #step(): number {
    return this.#brain.committed + 1;
  }

  /** To be called once, with the workers that are there. */
  begin(connections: readonly Connection[]): void {
    for (const connection of connections) this.#connections.set(connection.name, connection);
    this.#ticking = setInterval(() => this.#tick(), tickMs);
    this.#send({ type: 'opened', workers: connections.map(({ name, offers }) => ({ worker: name, offers })) });
  }

  joined(connection: Connection): void {
    this.#log.info({ worker: connection.name }, 'a worker joins the run');
    this.#connections.set(connection.name, connection);
    this.#send({ type: 'worker-joined', worker: connection.name, offers: connection.offers });
  }

  left(worker: string): void {
    this.#log.info({ worker }, 'a worker leaves the run');
    this.#connections.delete(worker);
    this.#answers.left(worker);
    this.#model.left(worker);
    this.#send({ type: 'worker-left', worker });
  }

  leaving(worker: string): void {
    this.#send({ type: 'worker-leaving', worker });
  }

  stop(reason: StopReason): void {
    this.#thread.send({ type: 'hurry' });
    this.#send({ type: 'stop', reason });
  }

  failed(worker: string, task: number, reason: string, final: boolean): void {
    if (this.#waitedFor(worker, task)) this.#log.warn({ step: this.#step, worker, task, reason }, 'task failed');
    this.#send({ type: 'node-failed', worker, task, reason, final });
  }

  /** Where a gradient that a worker announces shall lie. */
  place(worker: string, task: number, tensor: TensorHeader): Uint8Array | undefined {
    return this.#answers.place(worker, task, tensor);
  }

  /** Gradients of a node have come. */
  gradients(worker: string, task: number, tensors: readonly TensorHeader[]): void {
    const fault = this.#answers.gradients(worker, task, tensors);
    if (fault !== undefined) this.#refuse(worker, task, fault);
  }

  computed(worker: string, result: WorkerResult): void {
    const { task } = result;
    const attempt = this.#waitedFor(worker, task);
    const computed =
      attempt === undefined
        ? { finite: true, computeMs: 1000 * result.seconds }
        : this.#answers.complete(attempt, result, this.#isAudited(attempt));
    if (typeof computed === 'string') this.#refuse(worker, task, computed);
    else this.#send({ type: 'node-computed', worker, task, ...computed });
  }

  #isAudited({ node }: Attempt): boolean {
    const { round, config } = this.#brain;
    return round !== undefined && auditDue(config, round.step, node);
  }

  /** The task, if this worker is computing it and somebody waits for it. */
  #waitedFor(worker: string, task: number): Attempt | undefined {
    const attempt = taskOf(this.#brain, worker, task);
    return attempt?.standing === 'cancelled' ? undefined : attempt;
  }

  #refuse(worker: string, task: number, fault: string): void {
    // It gets no other task before it is gone.
    this.leaving(worker);
    this.failed(worker, task, fault, false);
    this.#connections.get(worker)?.refuse(fault);
  }

  /** What the run's thread reports. */
  reported(message: FromRun): void {
    if (this.#over) return;
    switch (message.type) {
      case 'committed':
        this.#became(message.step, this.#nextStates);
        this.#send(message);
        break;
      case 'diverged':
        this.#send(message);
        break;
      case 'added':
        this.#answers.release(message.free);
        break;
      case 'judged':
        if (message.enough) this.#events.endsEarly(message.step);
        this.#send(message);
        break;
      case 'recorded':
        this.#noteMetrics(message.metrics);
        break;
      case 'checkpoint-written': {
        const { step, seconds, blockedSeconds } = message;
        this.#model.release(step);
        this.#log.info({ step, seconds, blockedSeconds }, 'checkpoint written');
        this.#send(message);
        break;
      }
      case 'checkpoint-failed':
        this.#model.release(message.step);
        this.#log.error({ step: message.step, reason: message.reason }, 'checkpoint failed');
        this.#send(message);
        break;
      case 'lost':
        this.#log.error({ reason: message.message }, "the run is another process's now");
        this.#rest();
        this.#events.lost(message.message);
        break;
      case 'broken':
        this.#log.error({ step: this.#step, reason: message.message, stack: message.stack }, 'the run broke');
        this.#end('failed', message.message);
        break;
      case 'disk':
        this.#events.disk(message.what, message.fault);
        break;
      case 'roll-back-begun':
        this.#tellConvicted();
        break;
      case 'rolled-back':
        this.#log.warn({ step: message.step }, 'rolled back');
        this.#became(message.step, message.states);
        this.#events.rolledBack(message.step);
        this.#send(message);
        break;
      case 'inspected':
      case 'opened':
      case 'refused':
        throw new Error(`the run's thread said ${message.type} of an open run`);
    }
  }

  /** The model is that of another step. */
  #became(step: number, states: States): void {
    this.#model.become(step, this.#nextVector, states);
    this.#records.became();
  }

  /** In order: what an effect brings about, such as a worker that is disconnected, comes after all effects. */
  #send(event: Event): void {
    if (this.#over) return;
    this.#waiting.push(event);
    if (this.#waiting.length > 1) return;
    for (; this.#waiting.length > 0 && !this.#over; this.#waiting.shift()) {
      const { state, effects } = transition(this.#brain, this.#waiting[0], nowMs());
      this.#brain = state;
      this.#events.decided(this.#waiting[0], effects);
      for (const effect of effects) this.#carryOut(effect);
      if (!this.#brain.rollingBack) this.#tellConvicted();
    }
  }

  /** Once the disk knows of the roll-back, if there is one: what the worker spoilt must not outlive why. */
  #tellConvicted(): void {
    for (const [worker, reason] of this.#convicted.splice(0)) this.#events.putAside(worker, reason);
  }

  #carryOut(effect: Effect): void {
    const step = this.#step;
    switch (effect.type) {
      case 'pin':
        this.#events.pinned(effect.arithmetic);
        break;
      case 'prepare':
      case 'send-weights':
      case 'assign':
      case 'idle':
        this.#tell(effect);
        break;
      case 'cancel':
        this.#tell(effect);
        this.#answers.drop(effect.task);
        break;
      case 'drop':
        this.#answers.drop(effect.task);
        break;
      case 'refuse':
        this.#log.warn({ step, worker: effect.worker, task: effect.task, reason: effect.reason }, 'result refused');
        break;
      case 'suspect':
        this.#log.warn({ step, worker: effect.worker, reason: effect.reason }, 'worker suspect');
        break;
      case 'put-aside':
        this.#log.error({ step, worker: effect.worker, reason: effect.reason }, 'worker put aside');
        this.#convicted.push([effect.worker, effect.reason]);
        break;
      case 'roll-back':
        this.#rollBack(effect.to, effect.reason);
        break;
      case 'add':
        this.#thread.send({ type: 'add', node: effect.node, ...this.#answers.handOver(effect.task) });
        break;
      case 'commit':
        this.#commit(effect.step, effect.contributions);
        break;
      case 'validated-batch':
        this.#validated(effect);
        break;
      case 'checkpoint':
        this.#checkpoint(effect);
        break;
      case 'phase':
        // Waiting for the first workers is not part of the first step.
        if (this.#brain.committed === this.#run.resumption.committed) this.#records.restart();
        this.#log.info({ step: this.#brain.committed, phase: effect.phase, reason: effect.reason }, 'phase');
        this.#events.phase(effect.phase, effect.reason);
        break;
      case 'end':
        this.#end(effect.outcome, effect.reason);
        break;
    }
  }

  #tick(): void {
    const silent = [...this.#connections.keys()].filter((worker) => this.#senses.silentMs(worker) > silenceMs);
    this.#send({ type: 'tick', silent });
    this.#hindrances.look(hindrances(this.#brain, this.#senses), performance.now());
  }

  #end(outcome: Outcome, reason: string): void {
    if (this.#over) return;
    this.#rest();
    this.#events.ended(outcome, reason);
  }

  #rest(): void {
    this.#over = true;
    clearInterval(this.#ticking);
  }

  #tell(effect: WorkerEffect): void {
    const connection = this.#connections.get(effect.worker);
    if (connection === undefined) return;
    try {
      this.#toWorkers.carryOut(effect, connection, this.#brain.arithmetic);
    } catch (error) {
      this.#end('failed', `step ${this.#brain.committed + 1}: ${(error as Error).message}`);
    }
  }

  #checkpoint({ step, needed, doubts }: Extract<Effect, { type: 'checkpoint' }>): void {
    this.#model.hold(step);
    const arithmetic = this.#brain.arithmetic as Arithmetic;
    // Every shape carries the same state.
    const [program] = this.#run.programs.gradients;
    this.#thread.send({
      type: 'checkpoint',
      request: { step, needed, doubts, states: this.#model.states, program, arithmetic },
    });
  }

  #rollBack(to: number, reason: string): void {
    this.#log.error({ step: this.#step, to, reason }, 'going back to an earlier step');
    this.#answers.forget();
    this.#nextVector = this.#model.nextVector(this.disconnect);
    this.#thread.send({ type: 'roll-back', request: { to, vector: this.#nextVector } });
  }

  #commit(step: number, contributions: readonly Contribution[]): void {
    const results = this.#answers.take(contributions);
    this.#nextStates = joinStates(results);
    this.#nextVector = this.#model.nextVector(this.disconnect);
    const request = this.#records.commit(step, this.#nextVector, contributions, results);
    this.#thread.send({ type: 'commit', request });
  }

  #validated(effect: Extract<Effect, { type: 'validated-batch' }>): void {
    const results = this.#answers.take(effect.contributions);
    if (this.#scored) this.#thread.send({ type: 'score', batch: effect.batch, results: joinStates(results) });
    const record = this.#records.validate(effect, results);
    if (record !== undefined) this.#thread.send({ type: 'validated', record });
  }

  /** For who is in the way of the others. */
  readonly disconnect = (worker: string, reason: string): void => {
    this.#log.warn({ step: this.#step, worker, reason }, 'a worker is disconnected');
    this.#connections.get(worker)?.refuse(reason);
  };

  #noteMetrics(line: string): void {
    const fields = JSON.parse(line);
    if (fields.split === 'validation') this.#log.info(fields, 'validated');
    else this.#log.info(fields, 'committed');
    this.#events.metrics(line);
  }
}
