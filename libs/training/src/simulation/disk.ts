// The simulated disk: the only thing of a coordinator that survives its crash. It may be slow, refuse writes, or tear one.

import type { Arithmetic } from '../brain/index.ts';
import type { Weights } from './arithmetic.ts';
import type { Timeline } from './timeline.ts';
import { type Transcript, Violation } from './transcript.ts';

export interface Checkpoint {
  readonly weights: Weights;
  readonly validated: boolean;
  readonly arithmetic: Arithmetic | undefined;
  readonly doubts: Readonly<Record<string, number>>;
}

export type DiskFault = 'failing' | 'full' | 'read-only' | 'slow';

const slowdown = 20;

export class Disk {
  fault: DiskFault | undefined;
  /** Why workers were put aside, by name. */
  readonly aside = new Map<string, string>();
  /** A roll-back that was begun: whoever opens the run next finishes it. */
  rollBackTo: number | undefined;
  /** Is told when a write begins, and how long it takes. */
  onWrite: ((writeMs: number) => void) | undefined;
  readonly #timeline: Timeline;
  readonly #transcript: Transcript;
  readonly #writeMs: number;
  readonly #keep: number;
  readonly #checkpoints = new Map<number, Checkpoint & { readonly whole: boolean }>();
  /** Steps of checkpoints that were written and then removed to make room. */
  readonly #pruned = new Set<number>();
  #writing: (Checkpoint & { readonly needed: readonly number[] }) | undefined;

  constructor(timeline: Timeline, transcript: Transcript, { writeMs, keep }: { writeMs: number; keep: number }) {
    this.#timeline = timeline;
    this.#transcript = transcript;
    this.#writeMs = writeMs;
    this.#keep = keep;
  }

  get writing(): boolean {
    return this.#writing !== undefined;
  }

  /** @param done is told why it failed, or nothing; never called when the coordinator crashes meanwhile. */
  write(checkpoint: Checkpoint, needed: readonly number[], done: (fault: string | undefined) => void): void {
    if (this.#writing) throw new Violation('two checkpoints are written at once');
    const writing = { ...checkpoint, needed };
    this.#writing = writing;
    const slow = this.fault === 'slow';
    if (slow) this.#transcript.struck('disk slow', 'disk', 'writes slowly');
    const writeMs = this.#writeMs * (slow ? slowdown : 1);
    this.onWrite?.(writeMs);
    this.#timeline.after(writeMs, () => {
      if (this.#writing !== writing) return;
      this.#writing = undefined;
      const { fault } = this;
      if (fault !== undefined && fault !== 'slow') {
        this.#transcript.struck(`disk ${fault}`, 'disk', `refuses the checkpoint of step ${checkpoint.weights.step}`);
        done(fault);
        return;
      }
      this.#checkpoints.set(checkpoint.weights.step, { ...checkpoint, whole: true });
      this.#pruned.delete(checkpoint.weights.step);
      this.#prune(needed);
      done(undefined);
    });
  }

  /** What is being written is torn. @param tearNewest and so is what was written last. */
  crash(tearNewest: boolean): void {
    if (this.#writing) {
      const { step } = this.#writing.weights;
      this.#transcript.struck('torn write', 'disk', `the checkpoint of step ${step} is torn`);
      if (!this.#checkpoints.has(step)) this.#checkpoints.set(step, { ...this.#writing, whole: false });
      this.#writing = undefined;
    }
    const newest = this.#newestWhole();
    if (!tearNewest || newest === undefined) return;
    this.#checkpoints.set(newest.weights.step, { ...newest, whole: false });
    this.#transcript.struck('torn checkpoint', 'disk', `the checkpoint of step ${newest.weights.step} is torn`);
  }

  /** The checkpoint to go on from; what is newer is not whole, and removed. */
  open(): Checkpoint | undefined {
    const newest = this.#newestWhole(this.rollBackTo);
    this.rollBackTo = undefined;
    this.#forgetAfter(newest?.weights.step ?? 0);
    return newest;
  }

  #newestWhole(atMost = Number.POSITIVE_INFINITY): Checkpoint | undefined {
    let newest: Checkpoint | undefined;
    for (const checkpoint of this.#checkpoints.values()) {
      const { step } = checkpoint.weights;
      if (checkpoint.whole && step <= atMost && step > (newest?.weights.step ?? -1)) newest = checkpoint;
    }
    return newest;
  }

  /** For a roll-back. @throws Violation when a better one was removed. */
  rollBack(to: number): Checkpoint | undefined {
    const newest = this.#newestWhole(to);
    const step = newest?.weights.step ?? 0;
    const missed = [...this.#pruned].filter((pruned) => pruned <= to && pruned > step);
    if (missed.length > 0)
      throw new Violation(`the checkpoint of step ${missed[0]} that a roll-back needs was removed`);
    this.#forgetAfter(to);
    this.rollBackTo = undefined;
    return newest;
  }

  #forgetAfter(step: number): void {
    for (const later of [...this.#checkpoints.keys()]) if (later > step) this.#checkpoints.delete(later);
    for (const later of [...this.#pruned]) if (later > step) this.#pruned.delete(later);
  }

  #prune(needed: readonly number[]): void {
    const steps = [...this.#checkpoints.keys()].sort((a, b) => b - a);
    const kept = new Set(steps.slice(0, this.#keep));
    for (const need of needed) {
      const newest = steps.find((step) => step <= need);
      if (newest !== undefined) kept.add(newest);
    }
    for (const step of steps.filter((one) => !kept.has(one))) {
      this.#checkpoints.delete(step);
      this.#pruned.add(step);
    }
  }
}
