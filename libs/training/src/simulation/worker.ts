// A simulated worker: one process after another of the same name, each computing what it is told in its own time.

import { type Batch, nodeValue, type Weights } from './arithmetic.ts';
import type { Assignment, Cable, FromWorker, Result, Stream, ToWorker } from './network.ts';
import type { Random } from './random.ts';
import type { WorkerFault, WorkerPlan } from './schedule.ts';
import type { Timeline } from './timeline.ts';
import { type Transcript, Violation } from './transcript.ts';

export interface WorkerWorld {
  readonly timeline: Timeline;
  readonly transcript: Transcript;
  /** Opens a connection; undefined: nobody answers. */
  connect(worker: SimulatedWorker): Stream | undefined;
  /** Whether this shard is never finite. */
  diverges(batch: Batch, shard: number): boolean;
}

interface Work {
  readonly assignment: Assignment;
  readonly value: number;
  readonly durationMs: number;
  leftMs: number;
  sinceMs: number;
}

const prepareMs = 20;
const reconnectMs = [50, 400] as const;
const aliveMs = 1000;

export class SimulatedWorker {
  readonly plan: WorkerPlan;
  readonly cable: Cable;
  /** Of the process that lives, counted from 1. */
  instance = 0;
  stream: Stream | undefined;
  readonly #world: WorkerWorld;
  readonly #random: Random;
  #alive = false;
  #frozen = false;
  #slowdown = 1;
  #leaving = false;
  #prepared = false;
  #weights: Weights | undefined;
  #work: Work | undefined;
  /** A completion that was planned counts only if nothing has changed since. */
  #planned = 0;
  readonly #inbox: { readonly stream: Stream; readonly message: ToWorker }[] = [];
  /** What is to go wrong with the next task. */
  readonly #next: WorkerFault[] = [];
  #corruptShare = 0;
  #last: Result | undefined;

  constructor(plan: WorkerPlan, world: WorkerWorld, random: Random) {
    this.plan = plan;
    this.#world = world;
    this.#random = random;
    this.cable = { random, latencyMs: plan.latencyMs, heldUntilMs: 0 };
  }

  /** Whether what it is sent reaches it and is answered at its usual speed. */
  get healthy(): boolean {
    const held = this.cable.heldUntilMs > this.#world.timeline.nowMs || this.cable.latencyMs > this.plan.latencyMs;
    return (
      this.#alive && !this.#frozen && this.#slowdown === 1 && !this.#leaving && !held && this.stream?.cut === false
    );
  }

  get corrupt(): boolean {
    return this.#corruptShare > 0;
  }

  start(): void {
    if (this.#alive) return;
    this.#alive = true;
    this.instance++;
    this.#say(`process ${this.instance} starts`);
    this.#connect();
  }

  strike(fault: WorkerFault): void {
    if (!this.#alive) return;
    switch (fault.type) {
      case 'kill':
        this.#struck('worker killed', 'is killed');
        this.#die();
        this.#later(fault.forMs, () => this.start());
        break;
      case 'leave':
        this.#struck('worker leaves', 'is asked to leave');
        this.#leaving = true;
        this.stream?.toCoordinator({ type: 'leaving' });
        this.#leaveWhenDone();
        this.#later(fault.forMs, () => {
          this.#die();
          this.start();
        });
        break;
      case 'stall':
        if (this.#work) this.#struck('worker stalled', 'is stopped');
        this.#changePace(() => (this.#frozen = true));
        this.#later(fault.forMs, () => this.#thaw());
        break;
      case 'slow':
        if (this.#work) this.#struck('worker slowed', `takes ${fault.factor} times as long`);
        this.#changePace(() => (this.#slowdown = fault.factor));
        this.#later(fault.forMs, () => this.#changePace(() => (this.#slowdown = 1)));
        break;
      case 'partition':
        this.#struck('partition', 'cannot be reached');
        this.cable.heldUntilMs = Math.max(this.cable.heldUntilMs, this.#world.timeline.nowMs + fault.forMs);
        break;
      case 'slow-link':
        this.#struck('slow link', `is ${fault.latencyMs.toFixed(0)} ms away`);
        this.cable.latencyMs = fault.latencyMs;
        this.#later(fault.forMs, () => (this.cable.latencyMs = this.plan.latencyMs));
        break;
      case 'cut':
        if (this.stream === undefined || this.stream.cut) break;
        this.#struck('connection lost', 'loses its connection');
        this.stream.break({ coordinator: fault.coordinatorMs, worker: fault.workerMs }, fault.leftoverMs);
        break;
      case 'corrupt':
        this.#say(`has a wrong bit in ${fault.share} of its gradients from now on`);
        this.#corruptShare = fault.share;
        break;
      case 'fail':
      case 'not-finite':
      case 'duplicate':
      case 'stale':
        this.#next.push(fault);
        break;
    }
  }

  receive(stream: Stream, message: ToWorker): void {
    if (this.#frozen) this.#inbox.push({ stream, message });
    else if (stream === this.stream) this.#take(message);
  }

  /** It has noticed that the connection is gone. */
  lost(stream: Stream): void {
    if (stream !== this.stream) return;
    if (this.#frozen) {
      this.#later(reconnectMs[0], () => this.lost(stream));
      return;
    }
    this.#say('sees its connection end');
    this.#forget();
    this.#connect();
  }

  #take(message: ToWorker): void {
    switch (message.type) {
      case 'prepare':
        // Programs of another run: what was computed for the one before is dropped.
        this.#stopWork();
        this.#prepared = true;
        break;
      case 'weights':
        this.#weights = message.weights;
        break;
      case 'assign':
        this.#begin(message.assignment);
        break;
      case 'cancel':
        if (this.#work?.assignment.task !== message.task) break;
        this.#stopWork();
        this.#send({ type: 'failure', task: message.task, reason: 'cancelled', final: false });
        this.#leaveWhenDone();
        break;
      case 'idle':
        break;
    }
  }

  #begin(assignment: Assignment): void {
    const { task, phase, batch, node, weights } = assignment;
    if (!this.#prepared) throw new Violation(`${this.plan.name} is given task ${task} before the programs`);
    if (this.#work) throw new Violation(`${this.plan.name} is given task ${task} while it computes`);
    if (this.#weights?.step !== weights.step || this.#weights.value !== weights.value) {
      const step = this.#weights?.step ?? 'none';
      throw new Violation(`${this.plan.name} is given task ${task} on weights ${weights.step}, it has ${step}`);
    }
    const rounds = Math.ceil((node.end - node.first) / this.plan.threads);
    const durationMs = prepareMs * (this.#last ? 0 : 1) + rounds * this.plan.shardMs * this.#random.between(0.9, 1.2);
    const value = nodeValue(weights.value, { phase, batch }, node);
    this.#work = { assignment, value, durationMs, leftMs: durationMs, sinceMs: this.#world.timeline.nowMs };
    this.#plan();
  }

  #finish({ assignment, value, durationMs }: Work): void {
    const { task, phase, batch, node } = assignment;
    this.#work = undefined;
    const fault = this.#next.shift();
    if (fault?.type === 'fail') {
      this.#struck(fault.final ? 'task impossible' : 'task failed', `cannot compute task ${task}`);
      this.#send({ type: 'failure', task, reason: 'device lost', final: fault.final });
      this.#leaveWhenDone();
      return;
    }
    let finite = true;
    for (let shard = node.first; shard < node.end; shard++) {
      if (this.#world.diverges({ phase, batch }, shard)) finite = false;
    }
    if (!finite) this.#struck('diverging shard', `finds task ${task} not finite`);
    if (fault?.type === 'not-finite' && phase === 'gradients') {
      this.#struck('not finite once', `spoils task ${task}`);
      finite = false;
    }
    const wrong = phase === 'gradients' && this.#random.chance(this.#corruptShare);
    if (wrong) this.#struck('wrong bit', `has a wrong bit in task ${task}`);
    const result = { task, value: wrong ? (value ^ 1) >>> 0 : value, finite, computeMs: durationMs };
    if (fault?.type === 'stale' && this.#last) {
      this.#struck('stale result', `sends the result of task ${this.#last.task} again`);
      this.#send({ type: 'result', result: this.#last });
    }
    this.#send({ type: 'result', result });
    if (fault?.type === 'duplicate') {
      this.#struck('result twice', `sends the result of task ${task} twice`);
      this.#send({ type: 'result', result });
    }
    this.#last = result;
    this.#leaveWhenDone();
  }

  #connect(): void {
    if (!this.#alive || this.#leaving) return;
    const { instance } = this;
    const stream = this.cable.heldUntilMs > this.#world.timeline.nowMs ? undefined : this.#world.connect(this);
    if (stream) {
      this.stream = stream;
      this.#send({ type: 'hello' });
      this.#stayAlive(stream);
      return;
    }
    this.#later(this.#random.between(...reconnectMs), () => {
      if (instance === this.instance && this.stream === undefined) this.#connect();
    });
  }

  /** Says so again and again, as long as this is its connection. */
  #stayAlive(stream: Stream): void {
    this.#later(aliveMs, () => {
      if (stream !== this.stream) return;
      if (!this.#frozen) this.#send({ type: 'alive' });
      this.#stayAlive(stream);
    });
  }

  #leaveWhenDone(): void {
    if (!this.#leaving || this.#work || this.stream === undefined) return;
    this.#say('has nothing left to do and leaves');
    // Messages before the end of the stream arrive.
    const { stream } = this;
    this.#later(4 * this.cable.latencyMs, () => stream.break({ coordinator: 1, worker: 1 }));
  }

  #die(): void {
    this.#alive = false;
    this.#leaving = false;
    this.#frozen = false;
    this.#slowdown = 1;
    this.#inbox.length = 0;
    this.stream?.break({ coordinator: this.#random.between(1, 10), worker: 0 });
    this.#forget();
  }

  /** What belongs to a connection ends with it. */
  #forget(): void {
    this.stream = undefined;
    this.#prepared = false;
    this.#weights = undefined;
    this.#last = undefined;
    this.#stopWork();
  }

  #thaw(): void {
    if (!this.#frozen) return;
    this.#changePace(() => (this.#frozen = false));
    for (const { stream, message } of this.#inbox.splice(0)) this.receive(stream, message);
  }

  /** Takes what is done off the work before its pace changes. */
  #changePace(change: () => void): void {
    const now = this.#world.timeline.nowMs;
    if (this.#work) {
      if (!this.#frozen) this.#work.leftMs -= (now - this.#work.sinceMs) / this.#slowdown;
      this.#work.sinceMs = now;
    }
    change();
    this.#plan();
  }

  #plan(): void {
    const planned = ++this.#planned;
    const work = this.#work;
    if (work === undefined || this.#frozen) return;
    this.#later(Math.max(0, work.leftMs) * this.#slowdown, () => {
      if (planned === this.#planned) this.#finish(work);
    });
  }

  #stopWork(): void {
    this.#work = undefined;
    this.#planned++;
  }

  #send(message: FromWorker): void {
    this.stream?.toCoordinator(message);
  }

  #later(delayMs: number, action: () => void): void {
    this.#world.timeline.after(delayMs, action);
  }

  #say(what: string): void {
    this.#world.transcript.say(this.plan.name, what);
  }

  #struck(fault: string, what: string): void {
    this.#world.transcript.struck(fault, this.plan.name, what);
  }
}
