// The place where one run at a time trains: its thread, its workers, its end.

import { resolve } from 'node:path';
import type { Logger } from '@rondo/logging';
import type { TensorHeader } from '@rondo/protocol';
import type { TrainingJob } from '@rondo/spec';
import type { JobPlace } from '@rondo/tasks';
import type { Effect, Event, Outcome, StopReason } from '@rondo/training';
import { Progress } from '@rondo/training';
import { ActiveRun } from './active-run.ts';
import type { Connection, WorkerLog, WorkerResult } from './connection.ts';
import type { RunEntry } from './run-entry.ts';
import { type RunThread, takeThread } from './run-thread/client.ts';
import type { FromRun, OpenedRun } from './run-thread/messages.ts';
import type { WorkerEvents } from './services/work-service.ts';

/** A run of the person at this machine: it reads what the person may read, from a folder of its own choice. */
export interface LocalRun {
  readonly job: TrainingJob;
  readonly folder: string;
  readonly place: JobPlace;
  readonly resume: boolean;
  /** Workers that the first step waits for. */
  readonly startWorkers: number;
  /** Exactly one of the two, before anything trains. */
  opened(): void;
  refused(message: string, path: string | undefined): void;
  ended(outcome: Outcome, reason: string): void;
}

interface Training {
  readonly entry: RunEntry;
  readonly thread: RunThread;
  readonly local: LocalRun | undefined;
  /** Absent while the run's thread opens it. */
  active?: ActiveRun;
  /** Asked for before the run was open. */
  stop?: StopReason;
  /** It has ended and is being released. */
  over?: true;
}

/** How long a run is left alone whose disk refused to open it. */
const openAgainMs = 2000;

/** What workers are told when nothing trains. */
export const nothingQueued = 'no run is queued';

/** Who counts what happens to the run that trains. */
export interface RunObserver {
  started(entry: RunEntry): void;
  /** The run's thread has said something. */
  heard(entry: RunEntry, message: FromRun): void;
  /** The brain has answered an event. */
  decided(event: Event, effects: readonly Effect[]): void;
  ended(entry: RunEntry): void;
}

export interface SlotOptions {
  readonly log: Logger;
  readonly observer?: RunObserver | undefined;
  /** Workers that are connected now. */
  connections(): readonly Connection[];
  /** A run begins to train. */
  opened(): void;
  /** The slot is free again. */
  free(): void;
}

export class TrainingSlot implements WorkerEvents {
  readonly #options: SlotOptions;
  #training: Training | undefined;
  /** Numbers of tasks go on from run to run: messages of the run before may still be on their way. */
  #nextTask = 1;
  /** Those who wait until the run is over. */
  readonly #waiting: (() => void)[] = [];

  constructor(options: SlotOptions) {
    this.#options = options;
  }

  /** The run that trains, or is being opened. */
  get entry(): RunEntry | undefined {
    return this.#training?.entry;
  }

  /** How every worker does for the run that trains. */
  workers(): ReturnType<ActiveRun['workers']> {
    return this.#training?.active?.workers() ?? [];
  }

  /** Nodes of the step under way that nobody computes. */
  get nodesWaiting(): number {
    return this.#training?.active?.nodesWaiting() ?? 0;
  }

  joined(connection: Connection): void {
    if (this.#training?.active) this.#training.active.joined(connection);
    else connection.idle(this.#training ? 'a run is being opened' : nothingQueued);
  }

  left(name: string): void {
    this.#training?.active?.left(name);
  }

  leaving(name: string): void {
    this.#training?.active?.leaving(name);
  }

  place(name: string, task: number, tensor: TensorHeader): Uint8Array | undefined {
    return this.#training?.active?.place(name, task, tensor);
  }

  gradients(name: string, task: number, tensors: readonly TensorHeader[]): void {
    this.#training?.active?.gradients(name, task, tensors);
  }

  computed(name: string, result: WorkerResult): void {
    if (this.#training?.entry.name === result.run) this.#training.active?.computed(name, result);
  }

  failed(name: string, task: number, reason: string, final: boolean): void {
    this.#training?.active?.failed(name, task, reason, final);
  }

  logged(name: string, { run, lines, dropped }: WorkerLog): void {
    if (this.#training?.entry.name === run) this.#training.entry.workerLines.note(name, lines, dropped);
  }

  /** Ends the run that trains, after a checkpoint. */
  stop(reason: StopReason): void {
    const training = this.#training;
    if (training === undefined || training.over) return;
    if (training.active) training.active.stop(reason);
    else training.stop = reason;
  }

  /** Settles when the run that trains now does so no longer. */
  untilFree(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Opens a run and trains it. */
  start(entry: RunEntry, local?: LocalRun): void {
    const training: Training = { entry, local, thread: takeThread() };
    this.#training = training;
    const { observer } = this.#options;
    observer?.started(entry);
    training.thread.listen((message) => {
      observer?.heard(entry, message);
      if (training.active) training.active.reported(message);
      else if (message.type === 'opened') this.#opened(training, message.run);
      else if (message.type === 'refused') this.#refused(training, message);
      else if (message.type === 'disk') entry.noteDisk(message.what, message.fault);
      else if (message.type === 'broken') {
        const { message: reason, stack } = message;
        this.#options.log.error({ run: entry.name, reason, stack }, 'the run broke');
        this.#over(training, 'failed', message.message);
      }
    });
    const { folder, job, place, document } = entry;
    const { dataChecksum } = document;
    training.thread.send({
      type: 'open',
      request: { job, folder, resume: local?.resume ?? true, ...place, dataChecksum },
    });
  }

  #refused(training: Training, { message, path, passing }: Extract<FromRun, { type: 'refused' }>): void {
    const { entry, local } = training;
    local?.refused(message, path);
    if (local === undefined) {
      if (passing === 'disk') {
        this.#openLater(training, message);
        return;
      }
      entry.log.error({ reason: message }, 'the run cannot be opened');
      if (passing === undefined) {
        this.#over(training, 'failed', message);
        return;
      }
    }
    this.#leave(training);
  }

  #lost(training: Training, reason: string): void {
    training.over = true;
    training.local?.ended('failed', reason);
    this.#leave(training);
  }

  /** A run that another coordinator holds is none of this one's business: its document stays as it is. */
  #leave({ entry, thread }: Training): void {
    void thread.close().then(() => {
      entry.hindrances = undefined;
      this.#freed();
      entry.tellStatus();
    });
  }

  /** A run does not fail for a disk that is full for a while. */
  #openLater(training: Training, fault: string): void {
    const { entry, thread } = training;
    entry.noteDisk('opening the run', fault);
    const again = () => {
      if (training.stop === undefined) this.start(entry);
      else this.#over(training, training.stop, training.stop);
    };
    void thread.close().then(() => setTimeout(again, openAgainMs));
  }

  #opened(training: Training, run: OpenedRun): void {
    const { entry, local } = training;
    if (training.stop !== undefined) {
      this.#over(training, training.stop, training.stop);
      return;
    }
    const { log } = entry;
    entry.noteDisk('opening the run', undefined);
    for (const reason of run.notes) log.warn({ reason }, 'run to be looked at');
    const { parameters, facts, stepsPerEpoch, dataChecksum, given } = run;
    const { steps } = run.brain;
    log.info({ folder: entry.folder, parameters, facts, stepsPerEpoch, steps }, 'run opened');
    if (given !== undefined) log.info({ given }, 'first weights read');
    void entry.update({ dataChecksum, steps, base: resolve(entry.place.base), stoppedAt: undefined });
    const brain = { ...run.brain, minWorkers: local?.startWorkers ?? run.brain.minWorkers };
    const resumption = { ...run.resumption, firstTask: this.#nextTask, aside: entry.document.aside };
    const active = new ActiveRun(entry.name, { ...run, brain, resumption }, training.thread, log, {
      phase: (phase, reason) => void entry.update({ phase, reason }),
      pinned: ({ engine, fingerprint }) => void entry.update({ engine, fingerprint }),
      hindered: () => entry.tellStatus(),
      metrics: (line) => entry.noteMetrics(line),
      lost: (reason) => this.#lost(training, reason),
      endsEarly: (step) => void entry.update({ endedAt: step }),
      rolledBack: (step) => entry.noteRollBack(step),
      ended: (outcome, reason) => {
        log[outcome === 'failed' ? 'error' : 'info']({ step: entry.progress.step, outcome, reason }, 'run ended');
        this.#over(training, outcome, reason);
      },
      disk: (what, fault) => entry.noteDisk(what, fault),
      diskFaults: () => entry.diskFaultTexts,
      putAside: (worker, reason) => void entry.update({ aside: { ...entry.document.aside, [worker]: reason } }),
      decided: (event, effects) => this.#options.observer?.decided(event, effects),
    });
    entry.progress = new Progress(run.resumption.committed, steps);
    local?.opened();
    this.#options.opened();
    if (run.resumption.committed >= steps && run.resumption.validated) {
      this.#over(training, 'finished', `finished after step ${run.resumption.committed}`);
      return;
    }
    training.active = active;
    entry.hindrances = () => active.hindrances();
    active.begin(this.#options.connections());
  }

  /** The run that trained is over: its folder is released, and the next one starts. */
  async #release(training: Training, outcome: Outcome, reason: string): Promise<void> {
    const { entry, thread } = training;
    await thread.close();
    entry.lastWorkers = (training.active?.workers() ?? []).map((report) =>
      ['gone', 'aside'].includes(report.state)
        ? report
        : { ...report, state: 'idle', reason: 'the run trains no longer' },
    );
    entry.hindrances = undefined;
    // Before those who follow the log hear that this was all.
    entry.workerLines.tell();
    const phase = outcome === 'interrupted' ? phaseAfterInterruption(training) : outcome;
    await entry.update({ phase, reason, ...(training.active && { stoppedAt: training.active.position }) });
    entry.closeLog();
    training.local?.ended(outcome, reason);
    this.#freed();
  }

  #freed(): void {
    this.#nextTask = this.#training?.active?.nextTask ?? this.#nextTask;
    if (this.#training !== undefined) this.#options.observer?.ended(this.#training.entry);
    this.#training = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#options.free();
  }

  #over(training: Training, outcome: Outcome, reason: string): void {
    if (training.over) return;
    training.over = true;
    this.#release(training, outcome, reason).catch((error: unknown) => {
      training.entry.log.fatal({ err: error }, 'the run cannot be released');
      process.exit(1);
    });
  }
}

/** The next coordinator goes on with a queued run by itself; a local one goes on when its person says so. */
function phaseAfterInterruption({ local }: Training): 'queued' | 'paused' {
  return local === undefined ? 'queued' : 'paused';
}
