// All runs of a coordinator: the queue, the one that trains now, and what workers say to it.

import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createLogger, type Logger } from '@rondo/logging';
import { type Fault, formatFault, formatJob, parseJob, type TrainingJob } from '@rondo/spec';
import {
  createRunFolder,
  RunFault,
  type RunDocument,
  type RunPhase,
  readRunDocument,
  readRunFile,
  replaceFile,
  runPaths,
} from '@rondo/storage';
import type { Outcome, StopReason } from '@rondo/training';
import { ActiveRun } from './active-run.ts';
import type { Connection, WorkerResult } from './connection.ts';
import { RunEntry } from './run-entry.ts';
import { RunThread } from './run-thread/client.ts';
import type { JobFault, JobPlace } from './run-thread/inspect.ts';
import type { FromRun, OpenedRun } from './run-thread/messages.ts';
import type { WorkerEvents } from './services/work-service.ts';

/** Most runs that wait their turn. */
const queueLimit = 1000;

export interface JobFolders {
  /** Where submitted runs go. */
  readonly runs: string;
  /** What the paths of submitted specs are relative to; they lead nowhere else. */
  readonly dataRoot: string;
}

export interface RunsOptions {
  /** Absent: nothing can be submitted. */
  readonly jobs?: JobFolders | undefined;
  readonly log: Logger;
  /** Workers that are connected now. */
  connections(): readonly Connection[];
}

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

/** A request that the state of things does not allow. */
export class RunsFault extends Error {
  readonly code: 'not-found' | 'not-possible' | 'queue-full';

  constructor(code: RunsFault['code'], message: string) {
    super(message);
    this.code = code;
  }
}

interface Training {
  readonly entry: RunEntry;
  readonly thread: RunThread;
  readonly local: LocalRun | undefined;
  /** Absent while the run's thread opens it. */
  active?: ActiveRun;
  /** Asked for before the run was open. */
  stop?: StopReason;
}

export class Runs implements WorkerEvents {
  readonly #options: RunsOptions;
  readonly #entries = new Map<string, RunEntry>();
  readonly #queue: RunEntry[] = [];
  #training: Training | undefined;
  #closing: (() => void) | undefined;

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  get entries(): readonly RunEntry[] {
    return [...this.#entries.values()];
  }

  /** Of the run that trains now, by worker. */
  workerStates(): ReturnType<ActiveRun['workers']> {
    return this.#training?.active?.workers() ?? new Map();
  }

  /** @throws RunsFault not-found */
  find(name: string): RunEntry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new RunsFault('not-found', `there is no run ${name}; \`rondo jobs\` lists them`);
    return entry;
  }

  /** Takes up the runs that the folder holds: those that were queued or under way go on. */
  async restore(): Promise<void> {
    const { jobs, log } = this.#options;
    if (jobs === undefined) return;
    await mkdir(jobs.runs, { recursive: true });
    const found: RunEntry[] = [];
    for (const name of await readdir(jobs.runs)) {
      if (name.startsWith('.')) continue;
      try {
        found.push(await this.#restoreOne(join(jobs.runs, name), placeOf(jobs)));
      } catch (error) {
        if (!(error instanceof RunFault)) throw error;
        log.warn({ run: name, reason: error.message }, 'not a run that can go on');
      }
    }
    found.sort((a, b) => (a.document.createdAt < b.document.createdAt ? -1 : 1));
    for (const entry of found) {
      this.#entries.set(entry.name, entry);
      if (!entry.over && entry.document.phase !== 'paused') this.#queue.push(entry);
    }
    // One that was training goes on before those that waited.
    this.#queue.sort((a, b) => Number(b.document.phase !== 'queued') - Number(a.document.phase !== 'queued'));
    if (this.#queue.length > 0) log.info({ runs: this.#queue.map(({ name }) => name) }, 'runs go on');
    this.#startNext();
  }

  async #restoreOne(folder: string, place: JobPlace): Promise<RunEntry> {
    const document = await readRunDocument(folder);
    const file = runPaths(folder).spec;
    const parsed = parseJob(await readRunFile(file), { file });
    if ('faults' in parsed) throw new RunFault('run-damaged', parsed.faults.map(formatFault).join('; '));
    const entry = new RunEntry(folder, document, parsed.job, place);
    entry.readProgress();
    return entry;
  }

  /** Queues a job. @returns its name, or every fault of the spec. @throws RunsFault queue-full */
  async submit(text: string, file: string, overrides: readonly string[]): Promise<{ run: string } | { faults: string[] }> {
    const { jobs } = this.#options;
    if (jobs === undefined) throw new RunsFault('not-possible', 'this coordinator trains one local run and takes no jobs');
    const parsed = parseJob(text, { file, overrides });
    if ('faults' in parsed) return { faults: parsed.faults.map(formatFault) };
    if (this.#queue.length >= queueLimit) {
      throw new RunsFault('queue-full', `${queueLimit} runs wait already: cancel some or wait`);
    }
    const faults = await inspectInThread(parsed.job, placeOf(jobs));
    if (faults.length > 0) {
      return { faults: faults.map((fault) => describeFault(fault, parsed.faultAt)) };
    }
    const folder = await createRunFolder(jobs.runs, parsed.job.metadata.name);
    const entry = await this.#add(folder, parsed.job, placeOf(jobs));
    this.#startNext();
    return { run: entry.name };
  }

  /** Puts a run on disk and into the queue. */
  async #add(folder: string, job: TrainingJob, place: JobPlace): Promise<RunEntry> {
    const entry = new RunEntry(folder, newDocument(folder), job, place);
    await replaceFile(entry.paths.spec, formatJob(job));
    await entry.update({});
    this.#entries.set(entry.name, entry);
    this.#queue.push(entry);
    this.#options.log.info({ run: entry.name }, 'queued');
    return entry;
  }

  /** @throws RunsFault */
  async control(name: string, action: 'pause' | 'resume' | 'cancel'): Promise<RunEntry> {
    const entry = this.find(name);
    const { phase } = entry.document;
    if (action === 'resume') {
      if (phase !== 'paused') throw new RunsFault('not-possible', `run ${name} is ${phase}: only a paused run resumes`);
      await entry.update({ phase: 'queued', reason: 'resumed' });
      this.#queue.push(entry);
      this.#startNext();
      return entry;
    }
    const next: RunPhase = action === 'pause' ? 'paused' : 'cancelled';
    if (entry.over || phase === next) throw new RunsFault('not-possible', `run ${name} is ${phase} already`);
    if (this.#training?.entry === entry) {
      const stopped = new Promise<void>((resolve) => {
        const unwatch = entry.watch({
          status() {
            if (entry.document.phase !== next && !entry.over) return;
            unwatch();
            resolve();
          },
        });
      });
      this.#stop(this.#training, next);
      await stopped;
    } else {
      const at = this.#queue.indexOf(entry);
      if (at >= 0) this.#queue.splice(at, 1);
      await entry.update({ phase: next, reason: next });
    }
    return entry;
  }

  /** Writes a checkpoint of the run that trains and stops; what is queued stays queued. */
  async close(): Promise<void> {
    this.#queue.length = 0;
    const training = this.#training;
    if (training === undefined) return;
    const closed = new Promise<void>((resolve) => {
      this.#closing = resolve;
    });
    this.#stop(training, 'interrupted');
    await closed;
  }

  joined(connection: Connection): void {
    if (this.#training?.active) this.#training.active.joined(connection);
    else connection.idle(this.#training ? 'a run is being opened' : 'no run is queued');
  }

  left(name: string): void {
    this.#training?.active?.left(name);
  }

  leaving(name: string): void {
    this.#training?.active?.leaving(name);
  }

  computed(name: string, result: WorkerResult): void {
    if (this.#training?.entry.name === result.run) this.#training.active?.computed(name, result);
  }

  failed(name: string, task: number, reason: string): void {
    this.#training?.active?.failed(name, task, reason);
  }

  #stop(training: Training, reason: StopReason): void {
    if (training.active) training.active.stop(reason);
    else training.stop = reason;
  }

  #startNext(): void {
    if (this.#training !== undefined) return;
    const entry = this.#queue.shift();
    if (entry !== undefined) this.#start(entry, undefined);
  }

  /** Trains a run that is not of this coordinator's folder, before anything that is queued. */
  async startLocal(run: LocalRun): Promise<void> {
    const document = await documentOf(run.folder);
    const entry = new RunEntry(run.folder, document, run.job, run.place);
    this.#entries.set(entry.name, entry);
    this.#start(entry, run);
  }

  #start(entry: RunEntry, local: LocalRun | undefined): void {
    const training: Training = { entry, local, thread: new RunThread() };
    this.#training = training;
    training.thread.listen((message) => {
      if (training.active) training.active.reported(message);
      else if (message.type === 'opened') this.#opened(training, message.run);
      else if (message.type === 'refused') this.#refused(training, message);
      else if (message.type === 'broken') this.#over(training, 'failed', message.message);
    });
    const { folder, job, place, document } = entry;
    const { textChecksum } = document;
    training.thread.send({ type: 'open', request: { job, folder, resume: local?.resume ?? true, ...place, textChecksum } });
  }

  #refused(training: Training, { message, path }: Extract<FromRun, { type: 'refused' }>): void {
    if (training.local) training.local.refused(message, path);
    else this.#over(training, 'failed', message);
  }

  #opened(training: Training, run: OpenedRun): void {
    const { entry, local } = training;
    if (training.stop !== undefined) {
      this.#over(training, training.stop, training.stop);
      return;
    }
    const copy = { write: (line: string) => entry.noteLog(line) };
    const log = createLogger({ name: 'coordinator', copy }).child({ run: entry.name });
    for (const note of run.notes) log.warn(note);
    const { parameters, vocabulary, stepsPerEpoch, textChecksum } = run;
    const { steps } = run.brain;
    log.info({ folder: entry.folder, parameters, vocabulary, stepsPerEpoch, steps }, 'run opened');
    void entry.update({ textChecksum });
    const brain = { ...run.brain, minWorkers: local?.startWorkers ?? run.brain.minWorkers };
    const active = new ActiveRun(entry.name, { ...run, brain }, training.thread, log, {
      phase: (phase, reason) => void entry.update({ phase, reason }),
      pinned: ({ engine, fingerprint }) => void entry.update({ engine, fingerprint }),
      metrics: (line) => entry.noteMetrics(line),
      ended: (outcome, reason) => {
        log[outcome === 'failed' ? 'error' : 'info']({ outcome, reason }, 'run ended');
        this.#over(training, outcome, reason);
      },
    });
    entry.progress = active.progress;
    local?.opened();
    if (run.resumption.committed >= steps) {
      this.#over(training, 'finished', `finished after step ${run.resumption.committed} already`);
      return;
    }
    training.active = active;
    for (const connection of this.#options.connections()) active.joined(connection);
  }

  /** The run that trained is over: its folder is released, and the next one starts. */
  async #release(training: Training, outcome: Outcome, reason: string): Promise<void> {
    const { entry, thread } = training;
    await thread.close();
    this.#training = undefined;
    // An interrupted run stays in its phase on disk: the next coordinator goes on with it.
    if (outcome !== 'interrupted') await entry.update({ phase: outcome, reason });
    training.local?.ended(outcome, reason);
    if (this.#closing) this.#closing();
    else this.#startNext();
  }

  #over(training: Training, outcome: Outcome, reason: string): void {
    this.#release(training, outcome, reason).catch((error: unknown) => {
      this.#options.log.fatal({ err: error, run: training.entry.name }, 'a run cannot be released');
      process.exit(1);
    });
  }
}

function placeOf({ dataRoot }: JobFolders): JobPlace {
  return { base: dataRoot, root: dataRoot };
}

function newDocument(folder: string): RunDocument {
  const createdAt = new Date().toISOString();
  return { name: basename(folder), phase: 'queued', reason: 'queued', createdAt };
}

/** What the folder says of itself; a new document where it says nothing. */
async function documentOf(folder: string): Promise<RunDocument> {
  try {
    return await readRunDocument(folder);
  } catch (error) {
    if (error instanceof RunFault && error.code === 'run-missing') return newDocument(folder);
    throw error;
  }
}

/** Looks at a job's files in a thread of its own: reading and encoding a text takes a while. */
export function inspectInThread(job: TrainingJob, place: JobPlace): Promise<readonly JobFault[]> {
  const thread = new RunThread();
  return new Promise((resolve, reject) => {
    thread.listen((message) => {
      if (message.type === 'inspected') resolve(message.faults);
      else reject(new Error(message.type === 'broken' ? message.message : `unexpected: ${message.type}`));
      void thread.close();
    });
    thread.send({ type: 'inspect', job, place });
  });
}

function describeFault({ message, path }: JobFault, faultAt: (path: string, message: string) => Fault): string {
  return path === undefined ? message : formatFault(faultAt(path, message));
}
