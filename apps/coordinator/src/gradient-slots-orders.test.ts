// Slots of gradients under every order of giving tasks, sending, dropping, leaving and adding up.

import { equal, ok, throws } from 'node:assert/strict';
import type { TensorHeader } from '@rondo/protocol';
import { createModelMemory, ModelArrays } from '@rondo/training';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GradientSlots } from './gradient-slots.ts';

const slotCount = 4;
const lengths = { b: 2, a: 5 };
type Parameter = keyof typeof lengths;
const names = Object.keys(lengths) as Parameter[];
const header = (name: Parameter): TensorHeader => ({ name, type: 'float32', shape: [lengths[name]] });
const workerNames = ['u', 'v', 'w', 'x', 'y', 'z'];

/** What a worker does: a task that it was given, and the message that it is amid sending. */
interface SimulatedWorker {
  task: number | undefined;
  message: { readonly task: number; readonly names: readonly Parameter[]; readonly places: Uint8Array[] } | undefined;
}

interface SimulatedNode {
  readonly worker: string;
  state: 'receiving' | 'complete';
  readonly received: Set<Parameter>;
}

/** A coordinator with some workers, as random actions drive them; what a task computed is its number, everywhere. */
class Simulation {
  readonly arrays: ModelArrays;
  readonly slots: GradientSlots;
  readonly workers: Map<string, SimulatedWorker>;
  readonly nodes = new Map<number, SimulatedNode>();
  /** Slots that are being added up, and the tasks whose gradients they hold. */
  readonly adding = new Map<number, number>();
  readonly counts = { evicted: 0, added: 0, late: 0 };
  #tasks = 0;

  constructor() {
    const parameters = names.map((name) => ({ name, shape: [lengths[name]] }));
    const format = { type: 'float32', exponent: 0 } as const;
    this.arrays = new ModelArrays(createModelMemory(parameters, { format, vectors: 0, slots: slotCount }));
    this.slots = new GradientSlots(this.arrays, slotCount);
    this.workers = new Map(workerNames.map((name) => [name, { task: undefined, message: undefined }]));
  }

  open(name: string): void {
    const worker = this.workers.get(name) as SimulatedWorker;
    // One task at a time: a worker has answered before it gets the next.
    const isBusy = worker.task !== undefined && this.nodes.get(worker.task)?.state === 'receiving';
    if (isBusy || worker.message !== undefined) return;
    const task = ++this.#tasks;
    const take = () => this.slots.open(task, name, (other) => this.#evict(other));
    if (this.nodes.size + this.adding.size === slotCount) {
      throws(take, /more nodes/);
      return;
    }
    take();
    worker.task = task;
    this.nodes.set(task, { worker: name, state: 'receiving', received: new Set() });
  }

  #evict(name: string): void {
    const { message } = this.workers.get(name) as SimulatedWorker;
    ok(message !== undefined && !this.nodes.has(message.task), 'somebody is disconnected who is not in the way');
    this.counts.evicted += 1;
    this.leave(name);
  }

  /** The header of a message of a worker's task, or of somebody else's, has come. */
  announce(name: string, choice: number): void {
    const worker = this.workers.get(name) as SimulatedWorker;
    const task = choice % 10 === 0 ? choice % (this.#tasks + 2) : worker.task;
    if (worker.message !== undefined || task === undefined) return;
    const received = this.nodes.get(task)?.received ?? new Set();
    const wanted = names.filter((parameter, i) => !received.has(parameter) && (choice >> i) % 4 !== 0);
    const places = wanted.map((parameter) => this.slots.place(name, task, header(parameter)));
    const node = this.nodes.get(task);
    const isExpected = node?.worker === name && node.state === 'receiving';
    for (const place of places) equal(place !== undefined, isExpected);
    worker.message = { task, names: wanted, places: places.filter((place) => place !== undefined) };
  }

  /** Some of its bytes have come, or all. */
  write(name: string): void {
    const { message } = this.workers.get(name) as SimulatedWorker;
    if (message === undefined) return;
    if (message.places.length > 0 && !this.nodes.has(message.task)) this.counts.late += 1;
    for (const { buffer, byteOffset, length } of message.places) {
      new Float32Array(buffer, byteOffset, length / 4).fill(message.task);
    }
  }

  deliver(name: string): void {
    const worker = this.workers.get(name) as SimulatedWorker;
    const { message } = worker;
    if (message === undefined) return;
    this.write(name);
    worker.message = undefined;
    const { task, names: sent, places } = message;
    const node = this.nodes.get(task);
    const isOwn = node?.worker === name;
    const fault = this.slots.receive(name, task, sent.map(header));
    // The task was given after it had been announced.
    equal(fault !== undefined, isOwn && places.length < sent.length);
    if (isOwn && fault === undefined) for (const parameter of sent) node.received.add(parameter);
  }

  complete(name: string): void {
    const { task, message } = this.workers.get(name) as SimulatedWorker;
    const node = task === undefined ? undefined : this.nodes.get(task);
    if (task === undefined || node === undefined || message !== undefined) return;
    const missing = this.slots.complete(task);
    equal(missing === undefined, node.received.size === names.length);
    if (missing === undefined) node.state = 'complete';
  }

  handOver(): void {
    const [task] = [...this.nodes].find(([, { state }]) => state === 'complete') ?? [];
    if (task === undefined) return;
    this.nodes.delete(task);
    const slot = this.slots.handOver(task);
    ok(!this.adding.has(slot), 'a slot has two owners');
    this.adding.set(slot, task);
    this.#expectIntact(slot, task);
    this.counts.added += 1;
  }

  release(): void {
    const [slot, task] = [...this.adding][0] ?? [];
    if (slot === undefined || task === undefined) return;
    this.#expectIntact(slot, task);
    this.adding.delete(slot);
    this.slots.release(slot);
  }

  drop(choice: number): void {
    const task = [...this.nodes.keys()][choice % Math.max(1, this.nodes.size)];
    this.nodes.delete(task);
    this.slots.drop(task);
  }

  leave(name: string): void {
    this.workers.set(name, { task: undefined, message: undefined });
    this.slots.left(name);
    for (const [task, { worker, state }] of this.nodes) {
      if (worker === name && state === 'receiving') this.nodes.delete(task);
    }
  }

  #expectIntact(slot: number, task: number): void {
    const { a, b } = this.arrays.slot(slot);
    for (const value of [...a, ...b]) equal(value, task);
  }
}

test('a slot has one owner, and none is lost, in whatever order workers send, answer, are given up and leave', () => {
  const total = { evicted: 0, added: 0, late: 0 };
  const actions = fc.array(
    fc.record({
      action: fc.noBias(
        fc.oneof(
          { weight: 12, arbitrary: fc.constantFrom('open', 'announce', 'deliver', 'complete') },
          { weight: 4, arbitrary: fc.constantFrom('write', 'handOver', 'release') },
          { weight: 1, arbitrary: fc.constantFrom('drop', 'drop', 'drop', 'leave') },
        ),
      ),
      worker: fc.noBias(fc.constantFrom(...workerNames)),
      choice: fc.noBias(fc.nat(1000)),
    }),
    { minLength: 300, maxLength: 400 },
  );
  fc.assert(
    fc.property(actions, (list) => {
      const simulation = new Simulation();
      for (const { action, worker, choice } of list) {
        if (action === 'announce') simulation.announce(worker, choice);
        else if (action === 'drop') simulation.drop(choice);
        else simulation[action](worker);
      }
      for (const key of ['evicted', 'added', 'late'] as const) total[key] += simulation.counts[key];
    }),
    { numRuns: 200 },
  );
  // None of them is rare.
  for (const count of Object.values(total)) expect(count).toBeGreaterThan(30);
});
