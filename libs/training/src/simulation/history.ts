// What is known of a run over all lives of its coordinator, and what must be true of it: the weights it should have, who
// spoilt them, who was put aside.

import { auditDue } from '../brain/index.ts';
import type { TreeNode } from '../reduction-tree.ts';
import { nodeValue, undisturbed, type Weights } from './arithmetic.ts';
import type { Checkpoint } from './disk.ts';
import type { Schedule } from './schedule.ts';
import { type Transcript, Violation } from './transcript.ts';

export class History {
  readonly transcript: Transcript;
  readonly schedule: Schedule;
  readonly #right: readonly Weights[];
  /** Corrupt workers of which a wrong node was added, by the names that they were given. */
  readonly #spoilers = new Set<string>();
  readonly #aside = new Set<string>();
  /** Whether the worker of this name is corrupt. */
  readonly #isCorrupt: (name: string) => boolean;

  constructor(schedule: Schedule, transcript: Transcript, isCorrupt: (name: string) => boolean) {
    this.schedule = schedule;
    this.transcript = transcript;
    this.#isCorrupt = isCorrupt;
    this.#right = undisturbed(schedule.seed, schedule.config.shards, schedule.config.steps);
  }

  auditDue(step: number, node: TreeNode): boolean {
    return auditDue(this.schedule.config, step, node);
  }

  /** A node that is about to be added. */
  added(worker: string, weights: Weights, step: number, node: TreeNode, value: number, audited: boolean): void {
    if (value === nodeValue(weights.value, { phase: 'gradients', batch: step }, node)) return;
    if (!this.#isCorrupt(worker)) throw new Violation(`what ${worker} computed is taken for something else`);
    if (audited) throw new Violation(`a wrong bit of ${worker} passed its audit in step ${step}`);
    this.transcript.count('wrong node added');
    this.#spoilers.add(worker);
  }

  committed(weights: Weights): void {
    if (this.#spoilers.size === 0) this.#expectRight(weights, 'committed');
  }

  putAside(worker: string): void {
    if (!this.#isCorrupt(worker)) throw new Violation(`${worker}, which is honest, is put aside`);
    this.#aside.add(worker);
  }

  suspected(worker: string): void {
    if ((this.transcript.counts.get('fault: not finite once') ?? 0) === 0) {
      throw new Violation(`${worker} is suspected, though no node was ever spoilt`);
    }
  }

  rolledBack(checkpoint: Checkpoint | undefined): void {
    if (checkpoint && this.#allCaught) this.#expectRight(checkpoint.weights, 'rolled back to');
  }

  finished(weights: Weights): void {
    if (weights.step !== this.schedule.lastStep) throw new Violation(`finished after step ${weights.step}`);
    if (this.#allCaught) this.#expectRight(weights, 'the last of which');
  }

  /** Every worker that spoilt something did so all the time, and was found: then its traces are gone. */
  get #allCaught(): boolean {
    const always = this.schedule.faults.every(
      (entry) => !('worker' in entry && entry.fault.type === 'corrupt' && entry.fault.share < 1),
    );
    return [...this.#spoilers].every((name) => always && this.#aside.has(name));
  }

  #expectRight({ step, value }: Weights, what: string): void {
    if (value === this.#right[step].value) return;
    throw new Violation(`the weights after step ${step}, ${what}, are not those of the undisturbed run`);
  }
}
