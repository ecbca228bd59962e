// The simulated shell of a run: carries out what its brain decides, with workers on one side and the run's thread on the
// other, as the coordinator does.

import {
  type Effect,
  type Event,
  type Newcomer,
  type Outcome,
  type Resumption,
  type StopReason,
  validationDue,
} from '../brain/index.ts';
import type { Brain } from './brain.ts';
import type { Checkpoint, Disk } from './disk.ts';
import type { History } from './history.ts';
import { Invariants } from './invariants.ts';
import type { Liveness } from './liveness.ts';
import type { Result, ToWorker } from './network.ts';
import { RunThread } from './run-thread.ts';
import type { Timeline } from './timeline.ts';

export interface RunWorld {
  readonly brain: Brain;
  readonly timeline: Timeline;
  readonly disk: Disk;
  readonly history: History;
  readonly liveness: Liveness;
  /** What the coordinator's clock says. */
  clockMs(): number;
}

export interface RunEvents {
  send(worker: string, message: ToWorker): void;
  ended(outcome: Outcome, reason: string): void;
}

export class SimulatedRun {
  readonly #world: RunWorld;
  readonly #events: RunEvents;
  readonly #invariants: Invariants;
  readonly #thread: RunThread;
  #state: ReturnType<Brain['initialState']>;
  /** Of tasks that are wanted. */
  readonly #results = new Map<number, Result>();
  readonly #assigned = new Map<number, Extract<Effect, { type: 'assign' }>>();
  #validated: boolean;
  #over = false;

  constructor(world: RunWorld, checkpoint: Checkpoint | undefined, firstTask: number, events: RunEvents) {
    const { brain, history, disk, timeline } = world;
    const { seed, config, commitMs, overflow } = history.schedule;
    this.#world = world;
    this.#events = events;
    this.#validated = checkpoint?.validated ?? true;
    const resumption: Resumption = {
      committed: checkpoint?.weights.step ?? 0,
      validated: this.#validated,
      arithmetic: checkpoint?.arithmetic,
      firstTask,
      aside: Object.fromEntries(disk.aside),
      doubts: checkpoint?.doubts,
    };
    this.#invariants = new Invariants(history, resumption);
    const { transcript } = history;
    const { shards } = config;
    this.#thread = new RunThread({ seed, shards, commitMs, overflow, timeline, disk, transcript }, checkpoint);
    this.#state = brain.initialState(config, resumption);
    this.#say(`goes on from step ${resumption.committed}`);
  }

  /** A number that no task has had. */
  get nextTask(): number {
    return this.#state.nextTask;
  }

  begin(workers: readonly Newcomer[]): void {
    this.#send({ type: 'opened', workers });
  }

  joined(newcomer: Newcomer): void {
    this.#send({ type: 'worker-joined', ...newcomer });
  }

  left(worker: string): void {
    this.#send({ type: 'worker-left', worker });
  }

  leaving(worker: string): void {
    this.#send({ type: 'worker-leaving', worker });
  }

  stop(reason: StopReason): void {
    this.#send({ type: 'stop', reason });
  }

  tick(silent: readonly string[]): void {
    this.#send({ type: 'tick', silent });
  }

  computed(worker: string, result: Result): void {
    const { task, finite, computeMs, value } = result;
    const assigned = this.#assigned.get(task);
    const wanted = assigned?.worker === worker;
    if (wanted) this.#results.set(task, result);
    const { brain, history } = this.#world;
    const audited =
      wanted && assigned.phase === 'gradients' && brain.auditDue(history.schedule.config, assigned.step, assigned.node);
    const digest = audited ? `${value}${finite ? '' : ' not finite'}` : undefined;
    this.#send({ type: 'node-computed', worker, task, finite, digest, computeMs }, result);
  }

  failed(worker: string, task: number, reason: string, final: boolean): void {
    this.#send({ type: 'node-failed', worker, task, reason, final });
  }

  /** Nothing is done any more, as when the coordinator crashes. */
  close(): void {
    this.#over = true;
    this.#thread.close();
  }

  #send(event: Event, result?: Result): void {
    if (this.#over) return;
    const atMs = this.#world.clockMs();
    if (event.type !== 'tick') this.#say(describe(event));
    this.#invariants.event(event, atMs, result);
    this.#world.liveness.event(event);
    const { state, effects } = this.#world.brain.transition(this.#state, event, atMs);
    this.#state = state;
    for (const effect of effects) {
      this.#say(`  ${describe(effect)}`);
      this.#world.history.transcript.count(`effect: ${effect.type}`);
      this.#invariants.effect(effect, this.#thread.weights, atMs);
      this.#world.liveness.effect(effect);
      this.#carryOut(effect);
    }
  }

  #carryOut(effect: Effect): void {
    const { weights } = this.#thread;
    switch (effect.type) {
      case 'prepare':
        this.#events.send(effect.worker, { type: 'prepare' });
        break;
      case 'send-weights':
        this.#events.send(effect.worker, { type: 'weights', weights });
        break;
      case 'assign': {
        this.#assigned.set(effect.task, effect);
        this.#events.send(effect.worker, { type: 'assign', assignment: { ...effect, weights } });
        break;
      }
      case 'cancel':
        this.#drop(effect.task);
        this.#events.send(effect.worker, { type: 'cancel', task: effect.task });
        break;
      case 'drop':
        this.#drop(effect.task);
        break;
      case 'put-aside':
        // The disk knows of the roll-back that may follow before it knows of this.
        this.#world.disk.aside.set(effect.worker, effect.reason);
        break;
      case 'roll-back':
        this.#world.disk.rollBackTo = effect.to;
        this.#thread.rollBack(effect.to, (checkpoint) => this.#rolledBack(checkpoint));
        break;
      case 'add':
        this.#thread.add(effect.node, (this.#results.get(effect.task) as Result).value);
        break;
      case 'commit':
        this.#commit(effect.step);
        break;
      case 'validated-batch':
        if (effect.last) this.#validatedAll(effect.step);
        break;
      case 'checkpoint':
        this.#checkpoint(effect);
        break;
      case 'end':
        this.#end(effect);
        break;
      case 'idle':
      case 'pin':
      case 'refuse':
      case 'suspect':
      case 'phase':
        break;
    }
  }

  #drop(task: number): void {
    this.#assigned.delete(task);
    this.#results.delete(task);
  }

  #validatedAll(step: number): void {
    this.#validated = true;
    const { config, lastStep } = this.#world.history.schedule;
    if (!config.stopsEarly) return;
    this.#thread.judge(() => this.#send({ type: 'judged', step, enough: step >= lastStep }));
  }

  #commit(step: number): void {
    this.#assigned.clear();
    this.#thread.commit(step, (outcome) => {
      if (outcome === 'committed') {
        this.#results.clear();
        this.#validated = !validationDue(this.#world.history.schedule.config, step);
        this.#world.history.committed(this.#thread.weights);
      }
      this.#send({ type: outcome, step });
    });
  }

  #checkpoint({ step, needed, doubts }: Extract<Effect, { type: 'checkpoint' }>): void {
    const state = { validated: this.#validated, arithmetic: this.#state.arithmetic, doubts };
    this.#thread.checkpoint(step, needed, state, (fault) => {
      if (fault === undefined) this.#send({ type: 'checkpoint-written', step });
      else this.#send({ type: 'checkpoint-failed', step, reason: fault, diverged: false });
    });
  }

  #rolledBack(checkpoint: Checkpoint | undefined): void {
    this.#validated = checkpoint?.validated ?? true;
    this.#world.history.rolledBack(checkpoint);
    this.#send({ type: 'rolled-back', step: checkpoint?.weights.step ?? 0, validated: this.#validated });
  }

  #end({ outcome, reason }: Extract<Effect, { type: 'end' }>): void {
    this.close();
    if (outcome === 'finished') this.#world.history.finished(this.#thread.weights);
    this.#events.ended(outcome, reason);
  }

  #say(what: string): void {
    this.#world.history.transcript.say('coordinator', what);
  }
}

/** An event or effect in one line: its type and what it says, without what everyone knows. */
function describe(message: Event | Effect): string {
  const { type, ...rest } = message;
  return `${type} ${JSON.stringify(rest)}`;
}
