// One run that the coordinator knows, whatever its phase: its document on disk, its progress, and who watches it.

import { createLogger, type Logger } from '@rondo/logging';
import type { RunStatus } from '@rondo/protocol';
import type { TrainingJob } from '@rondo/spec';
import {
  isOver,
  type RunDocument,
  type RunPaths,
  readLog,
  runPaths,
  SharedLog,
  writeRunDocument,
} from '@rondo/storage';
import type { JobPlace } from '@rondo/tasks';
import type { Hindrance, WorkerReport } from '@rondo/training';
import { Progress } from '@rondo/training';
import { WorkerLines } from './worker-lines.ts';

/** Hears of a run until it unsubscribes. */
export interface Watcher {
  status?(status: RunStatus): void;
  /** A new line of metrics.jsonl. */
  metrics?(line: string): void;
  /** A new line of the run's log. */
  log?(line: string): void;
  /** The steps after this one are taken again. */
  rolledBack?(step: number): void;
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

const retryMs = 1000;

export class RunEntry {
  readonly folder: string;
  readonly paths: RunPaths;
  readonly job: TrainingJob;
  readonly place: JobPlace;
  document: RunDocument;
  progress: Progress;
  /** Workers of the newest step. */
  workers = 0;
  /** How its workers did, once it trains no longer. */
  lastWorkers: readonly WorkerReport[] = [];
  /** What holds it up while it trains. */
  hindrances: (() => readonly Hindrance[]) | undefined;
  /** What the disk refuses, and why. */
  readonly diskFaults = new Map<string, string>();
  readonly #watchers = new Set<Watcher>();
  #log: Logger | undefined;
  readonly #logFile: SharedLog;
  /** What its workers write to the log. */
  readonly workerLines: WorkerLines;
  /** Settles when the newest document was tried. */
  #tried: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  /** The document that the disk has. */
  #saved: RunDocument | undefined;

  constructor(folder: string, document: RunDocument, job: TrainingJob, place: JobPlace) {
    this.folder = folder;
    this.paths = runPaths(folder);
    this.#logFile = new SharedLog(this.paths.log, (fault) => this.noteDisk('log.jsonl', fault));
    this.workerLines = new WorkerLines({
      run: document.name,
      path: this.paths.log,
      write: (line) => this.noteLog(line),
      leftOut: (worker, lines) => this.log.warn({ worker, lines }, 'log lines left out'),
    });
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

  /** The coordinator's log, with a copy in the run's folder. */
  get log(): Logger {
    const copy = { write: (line: string) => this.noteLog(line) };
    this.#log ??= createLogger({ name: 'coordinator', copy }).child({ run: this.name });
    return this.#log;
  }

  /**
   * Changes the run's document, on disk too, and tells watchers. The promise settles when the disk has it or has refused
   * it: then it is tried again, in the newest form, until the disk takes it.
   */
  update(change: Partial<RunDocument>): Promise<void> {
    this.document = { ...this.document, ...change };
    this.tellStatus();
    return this.#save();
  }

  #save(): Promise<void> {
    this.#tried = this.#tried.then(() => this.#write());
    return this.#tried;
  }

  async #write(): Promise<void> {
    const { document } = this;
    if (document === this.#saved) return;
    try {
      await writeRunDocument(this.folder, document);
      this.#saved = document;
      this.noteDisk('run.json', undefined);
    } catch (error) {
      this.noteDisk('run.json', error instanceof Error ? error.message : String(error));
      if (this.#retry !== undefined) return;
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        void this.#save();
      }, retryMs).unref();
    }
  }

  /** For people: what the disk refuses now. */
  get diskFaultTexts(): readonly string[] {
    return [...this.diskFaults].map(([what, fault]) => `${what}: ${fault}`);
  }

  /** Of a run that does not train, or not yet. */
  #diskHindrances(): readonly Hindrance[] {
    return this.diskFaultTexts.map((reason) => ({ kind: 'disk', cause: 'disk', worker: undefined, reason }));
  }

  /** The disk refuses something, or does not any more: said when it begins and when it ends. */
  noteDisk(what: string, fault: string | undefined): void {
    if ((fault !== undefined) === this.diskFaults.has(what)) return;
    if (fault === undefined) {
      this.diskFaults.delete(what);
      this.log.info({ what }, 'the disk works again');
    } else {
      this.diskFaults.set(what, fault);
      this.log.error({ what, reason: fault, folder: this.folder }, 'the disk refuses to work; trying again');
    }
  }

  /** Tells watchers how things are. */
  tellStatus(): void {
    const status = this.status();
    for (const watcher of this.#watchers) watcher.status?.(status);
  }

  noteRollBack(step: number): void {
    this.progress = new Progress(step, this.progress.steps);
    for (const watcher of this.#watchers) watcher.rolledBack?.(step);
    this.tellStatus();
  }

  /** Takes in a line that the run's thread has written to metrics.jsonl. */
  noteMetrics(line: string): void {
    this.progress.note(line);
    this.workers = JSON.parse(line).workers;
    for (const watcher of this.#watchers) watcher.metrics?.(line);
  }

  /** Appends a line, with its line break, to the run's log. */
  noteLog(line: string): void {
    this.#logFile.append(line.trimEnd());
    for (const watcher of this.#watchers) watcher.log?.(line.trimEnd());
  }

  /** Nothing trains here any more: a coordinator knows more runs than it may hold files open. */
  closeLog(): void {
    this.#logFile.close();
  }

  /** Progress of a run that another process trained. */
  readProgress(): void {
    for (const line of readLog(this.paths.metrics)) this.progress.note(line);
  }

  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  status(): RunStatus {
    const { phase, reason, engine = '', fingerprint = '' } = this.document;
    const { step, steps, loss, validationLoss, scores, tokensPerSecond, secondsLeft } = this.progress;
    const training = phase === 'training';
    return {
      name: this.name,
      phase: phasesOnWire[phase],
      reason,
      step,
      steps,
      ...(loss !== undefined && { loss }),
      ...(validationLoss !== undefined && { validationLoss }),
      scores,
      tokensPerSecond: training ? tokensPerSecond : 0,
      ...(training && secondsLeft !== undefined && { secondsLeft }),
      engine,
      fingerprint,
      folder: this.folder,
      workers: training ? this.workers : 0,
      hindrances: (this.hindrances?.() ?? this.#diskHindrances()).map(({ cause, worker = '', reason: why }) => ({
        cause,
        worker,
        reason: why,
      })),
    };
  }
}
