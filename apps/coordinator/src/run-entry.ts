// One run that the coordinator knows, whatever its phase: its document on disk, its progress, and who watches it.

import { appendFileSync } from 'node:fs';
import type { RunStatus } from '@rondo/protocol';
import type { TrainingJob } from '@rondo/spec';
import { isOver, type RunDocument, type RunPaths, readLog, runPaths, writeRunDocument } from '@rondo/storage';
import type { Hindrance } from '@rondo/training';
import { Progress } from './progress.ts';
import type { JobPlace } from './run-thread/inspect.ts';

/** Hears of a run until it unsubscribes. */
export interface Watcher {
  status?(status: RunStatus): void;
  /** A new line of metrics.jsonl. */
  metrics?(line: string): void;
  /** A new line of the run's log. */
  log?(line: string): void;
}

const phasesOnWire = {
  queued: 'PHASE_QUEUED',
  waiting: 'PHASE_WAITING',
  training: 'PHASE_TRAINING',
  paused: 'PHASE_PAUSED',
  finished: 'PHASE_FINISHED',
  cancelled: 'PHASE_CANCELLED',
  failed: 'PHASE_FAILED',
} as const;

export class RunEntry {
  readonly folder: string;
  readonly paths: RunPaths;
  readonly job: TrainingJob;
  readonly place: JobPlace;
  document: RunDocument;
  progress: Progress;
  /** Workers of the newest step. */
  workers = 0;
  /** What holds it up while it trains. */
  hindrances: readonly Hindrance[] = [];
  readonly #watchers = new Set<Watcher>();
  #written: Promise<void> = Promise.resolve();

  constructor(folder: string, document: RunDocument, job: TrainingJob, place: JobPlace) {
    this.folder = folder;
    this.paths = runPaths(folder);
    this.document = document;
    this.job = job;
    this.place = place;
    this.progress = new Progress(0, job.spec.training.steps ?? document.steps ?? 0);
  }

  get name(): string {
    return this.document.name;
  }

  /** Whether the run will not go on by itself. */
  get over(): boolean {
    return isOver(this.document.phase);
  }

  /** Changes the run's document, on disk too, and tells watchers. The promise settles when the disk has it. */
  update(change: Partial<RunDocument>): Promise<void> {
    this.document = { ...this.document, ...change };
    const { document } = this;
    this.#tellStatus();
    this.#written = this.#written.then(() => writeRunDocument(this.folder, document));
    return this.#written;
  }

  #tellStatus(): void {
    const status = this.status();
    for (const watcher of this.#watchers) watcher.status?.(status);
  }

  noteHindrances(hindrances: readonly Hindrance[]): void {
    this.hindrances = hindrances;
    this.#tellStatus();
  }

  /** Takes in a line that the run's thread has written to metrics.jsonl. */
  noteMetrics(line: string): void {
    this.progress.note(line);
    this.workers = JSON.parse(line).workers;
    for (const watcher of this.#watchers) watcher.metrics?.(line);
  }

  /** Appends a line, with its line break, to the run's log. */
  noteLog(line: string): void {
    appendFileSync(this.paths.log, line);
    for (const watcher of this.#watchers) watcher.log?.(line.trimEnd());
  }

  /** Progress of a run that another process trained. */
  readProgress(): void {
    for (const line of readLog(this.paths.metrics)) this.progress.note(line);
  }

  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** The log so far, line by line. */
  readLog(): string[] {
    return readLog(this.paths.log);
  }

  status(): RunStatus {
    const { phase, reason, engine = '', fingerprint = '' } = this.document;
    const { step, steps, loss, validationLoss, tokensPerSecond, secondsLeft } = this.progress;
    const training = phase === 'training';
    return {
      name: this.name,
      phase: phasesOnWire[phase],
      reason,
      step,
      steps,
      ...(loss !== undefined && { loss }),
      ...(validationLoss !== undefined && { validationLoss }),
      tokensPerSecond: training ? tokensPerSecond : 0,
      ...(training && secondsLeft !== undefined && { secondsLeft }),
      engine,
      fingerprint,
      folder: this.folder,
      workers: training ? this.workers : 0,
      hindrances: this.hindrances.map(({ cause, worker = '', reason: why }) => ({ cause, worker, reason: why })),
    };
  }
}
