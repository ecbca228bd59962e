// The simulated thread that owns a run: adds nodes up, takes steps, hands checkpoints to the disk, rolls back. It does
// one thing after another, each in its own time.

import { foldInto, type Pending, type TreeNode } from '../reduction-tree.ts';
import { combine, initialWeights, nextWeights, type Weights } from './arithmetic.ts';
import type { Checkpoint, Disk } from './disk.ts';
import type { Timeline } from './timeline.ts';
import { type Transcript, Violation } from './transcript.ts';

export interface RunThreadOptions {
  readonly seed: number;
  readonly shards: number;
  /** Of an optimizer step, in milliseconds. */
  readonly commitMs: number;
  /** The step whose sum overflows, though every node is finite. */
  readonly overflow: number | undefined;
  readonly timeline: Timeline;
  readonly disk: Disk;
  readonly transcript: Transcript;
}

const addMs = 0.5;
const openMs = 50;

export class RunThread {
  /** After the newest step. */
  weights: Weights;
  readonly #options: RunThreadOptions;
  #pending: Pending<number> = new Map();
  #sum: number | undefined;
  #freeAtMs = 0;
  #closed = false;
  /** What waits for the checkpoint that is being written. */
  #afterWrite: (() => void)[] = [];

  constructor(options: RunThreadOptions, checkpoint: Checkpoint | undefined) {
    this.#options = options;
    this.weights = checkpoint?.weights ?? initialWeights(options.seed);
  }

  add(node: TreeNode, value: number): void {
    this.#do(addMs, () => {
      const root = { first: 0, end: this.#options.shards };
      this.#sum = foldInto(this.#pending, node, value, root, combine) ?? this.#sum;
    });
  }

  commit(step: number, answer: (outcome: 'committed' | 'diverged') => void): void {
    this.#do(this.#options.commitMs, () => {
      if (this.#sum === undefined) throw new Violation(`step ${step} is committed before all its nodes were added`);
      if (step !== this.weights.step + 1) {
        throw new Violation(`step ${step} is committed onto the weights after step ${this.weights.step}`);
      }
      const next = nextWeights(this.weights, this.#sum);
      this.#sum = undefined;
      if (step === this.#options.overflow) {
        this.#options.transcript.struck('overflow', 'run thread', `finds the sum of step ${step} not finite`);
        answer('diverged');
        return;
      }
      this.weights = next;
      answer('committed');
    });
  }

  /** Tells whether a validation ends the run. */
  judge(answer: () => void): void {
    this.#do(this.#options.commitMs, answer);
  }

  checkpoint(
    step: number,
    needed: readonly number[],
    state: Omit<Checkpoint, 'weights'>,
    answer: (fault: string | undefined) => void,
  ): void {
    this.#do(addMs, () => {
      if (step !== this.weights.step) {
        throw new Violation(
          `a checkpoint of step ${step} is asked for, the weights are those after ${this.weights.step}`,
        );
      }
      this.#options.disk.write({ weights: this.weights, ...state }, needed, (fault) => {
        if (this.#closed) return;
        answer(fault);
        for (const action of this.#afterWrite.splice(0)) action();
      });
    });
  }

  rollBack(to: number, answer: (checkpoint: Checkpoint | undefined) => void): void {
    const { disk, seed } = this.#options;
    const goBack = () => {
      const checkpoint = disk.rollBack(to);
      this.weights = checkpoint?.weights ?? initialWeights(seed);
      this.#pending = new Map();
      this.#sum = undefined;
      answer(checkpoint);
    };
    this.#do(openMs, () => {
      if (disk.writing) this.#afterWrite.push(goBack);
      else goBack();
    });
  }

  /** Nothing is done or answered any more. */
  close(): void {
    this.#closed = true;
  }

  #do(durationMs: number, action: () => void): void {
    const { timeline } = this.#options;
    this.#freeAtMs = Math.max(this.#freeAtMs, timeline.nowMs) + durationMs;
    timeline.at(this.#freeAtMs, () => {
      if (!this.#closed) action();
    });
  }
}
