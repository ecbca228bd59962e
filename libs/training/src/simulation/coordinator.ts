// The simulated coordinator: it welcomes workers, opens the run from what the disk holds, and may crash at any time.

import { type Offer, type Outcome, silenceMs } from '../brain/index.ts';
import { type Ends, type FromWorker, Stream } from './network.ts';
import { type RunWorld, SimulatedRun } from './run.ts';
import type { SimulatedWorker } from './worker.ts';

const openMs = 30;
const tickMs = 100;

export class SimulatedCoordinator {
  /** How the run ended for good. */
  end: { readonly outcome: Outcome; readonly reason: string } | undefined;
  readonly #world: RunWorld;
  readonly #offers: (worker: string) => readonly Offer[];
  #up = false;
  #life = 0;
  #nextTask = 1;
  #run: SimulatedRun | undefined;
  #pauseMs: number | undefined;
  /** Connections whose end was not noticed yet. */
  readonly #streams = new Set<Stream>();
  /** Those that said hello, by the names that they were given. */
  readonly #names = new Map<string, Stream>();
  /** When something came over a connection. */
  readonly #heardMs = new WeakMap<Stream, number>();

  constructor(world: RunWorld, offers: (worker: string) => readonly Offer[]) {
    this.#world = world;
    this.#offers = offers;
  }

  start(): void {
    const life = ++this.#life;
    this.#up = true;
    this.#nextTask = 1;
    this.#say(`process ${life} starts`);
    this.#open();
    const tick = () => {
      if (life !== this.#life || !this.#up || this.end) return;
      this.#run?.tick(this.#silent());
      this.#world.timeline.after(tickMs, tick);
    };
    tick();
  }

  crash(forMs: number, tearNewest: boolean): void {
    if (!this.#up || this.end) return;
    this.#struck('coordinator killed', 'is killed');
    this.#up = false;
    this.#run?.close();
    this.#run = undefined;
    this.#pauseMs = undefined;
    this.#world.disk.crash(tearNewest);
    this.#names.clear();
    for (const stream of this.#streams) stream.break({ coordinator: 0, worker: 5 });
    this.#streams.clear();
    this.#world.timeline.after(forMs, () => this.start());
  }

  pause(forMs: number): void {
    if (this.#run === undefined || this.#pauseMs !== undefined) return;
    this.#struck('run paused', 'is asked to pause the run');
    this.#pauseMs = forMs;
    this.#run.stop('paused');
  }

  connect(worker: SimulatedWorker, ends: Ends): Stream | undefined {
    if (!this.#up) return undefined;
    const stream = new Stream(worker.plan.name, worker.instance, worker.cable, this.#world.timeline, ends);
    this.#streams.add(stream);
    return stream;
  }

  receive(stream: Stream, message: FromWorker): void {
    const name = this.#nameOf(stream);
    this.#heardMs.set(stream, this.#world.clockMs());
    if (!this.#streams.has(stream)) {
      this.#struck('message of a lost connection', `has done with the connection that ${message.type} comes from`);
      return;
    }
    if (message.type === 'hello') {
      this.#welcome(stream);
      return;
    }
    if (name === undefined || this.#run === undefined) return;
    switch (message.type) {
      case 'result':
        this.#run.computed(name, message.result);
        break;
      case 'failure':
        this.#run.failed(name, message.task, message.reason, message.final);
        break;
      case 'leaving':
        this.#run.leaving(name);
        break;
    }
  }

  lost(stream: Stream): void {
    if (!this.#streams.delete(stream)) return;
    const name = this.#nameOf(stream);
    if (name === undefined) return;
    this.#names.delete(name);
    this.#run?.left(name);
  }

  #welcome(stream: Stream): void {
    // The same process again: its connection before is gone, though nobody has noticed.
    for (const other of this.#names.values()) {
      if (other.worker === stream.worker && other.instance === stream.instance) {
        this.#struck('connection replaced', `takes a new connection for that of ${stream.worker}`);
        this.lost(other);
        other.break({ coordinator: 0, worker: 5 });
      }
    }
    let name = stream.worker;
    for (let n = 2; this.#names.has(name); n++) name = `${stream.worker}-${n}`;
    this.#names.set(name, stream);
    this.#run?.joined({ worker: name, offers: this.#offers(stream.worker) });
  }

  #open(): void {
    const life = this.#life;
    this.#world.timeline.after(openMs, () => {
      if (life !== this.#life || !this.#up) return;
      const checkpoint = this.#world.disk.open();
      const step = checkpoint?.weights.step ?? 0;
      if (checkpoint?.validated && step >= this.#world.history.schedule.lastStep) {
        this.#world.history.finished(checkpoint.weights);
        this.end = { outcome: 'finished', reason: `finished after step ${step}` };
        return;
      }
      this.#run = new SimulatedRun(this.#world, checkpoint, this.#nextTask, {
        send: (worker, message) => this.#names.get(worker)?.toWorker(message),
        ended: (outcome, reason) => this.#ended(outcome, reason),
      });
      const workers = [...this.#names].map(([worker, stream]) => ({ worker, offers: this.#offers(stream.worker) }));
      this.#run.begin(workers);
    });
  }

  #ended(outcome: Outcome, reason: string): void {
    this.#nextTask = this.#run?.nextTask ?? this.#nextTask;
    this.#run = undefined;
    if (outcome !== 'paused') {
      this.end = { outcome, reason };
      return;
    }
    const life = this.#life;
    const { timeline } = this.#world;
    timeline.after(this.#pauseMs ?? 0, () => {
      if (life === this.#life && this.#up) this.#open();
    });
    this.#pauseMs = undefined;
  }

  #silent(): string[] {
    const now = this.#world.clockMs();
    return [...this.#names].flatMap(([name, stream]) =>
      now - (this.#heardMs.get(stream) as number) > silenceMs ? [name] : [],
    );
  }

  #nameOf(stream: Stream): string | undefined {
    for (const [name, other] of this.#names) if (other === stream) return name;
    return undefined;
  }

  #say(what: string): void {
    this.#world.history.transcript.say('coordinator', what);
  }

  #struck(fault: string, what: string): void {
    this.#world.history.transcript.struck(fault, 'coordinator', what);
  }
}
