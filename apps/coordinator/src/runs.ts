// All runs of a coordinator: the list, the queue, and what people ask of them.

import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Logger } from '@rondo/logging';
import { type Fault, formatFault, formatJob, parseJob, type TrainingJob } from '@rondo/spec';
import {
  createRunFolder,
  makeFolder,
  type RunDocument,
  RunFault,
  type RunPhase,
  readRunDocument,
  readRunFile,
  replaceFile,
  runPaths,
  writeRunDocument,
} from '@rondo/storage';
import type { JobPlace } from '@rondo/tasks';
import type { Connection } from './connection.ts';
import { Gate } from './gate.ts';
import { RunEntry } from './run-entry.ts';
import { inspectInThread, prepareThread } from './run-thread/client.ts';
import type { JobFault } from './run-thread/inspect.ts';
import { type LocalRun, nothingQueued, type RunObserver, TrainingSlot } from './training-slot.ts';

/** Most runs that wait their turn. */
const queueLimit = 1000;

/** Jobs whose files are looked at at once, each in a thread with its text in memory, and those that wait for it. */
const inspections = { slots: 2, waiting: 30 };
/** Code units of the name by which a spec's faults call its file. */
const maxFileLength = 1000;

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
  readonly observer?: RunObserver | undefined;
  /** Workers that are connected now. */
  connections(): readonly Connection[];
}

/** Who a run belongs to: who may steer it, and the resource that it was made of. */
type RunOrigin = Pick<RunDocument, 'owner' | 'resource'>;

export interface Submission extends RunOrigin {
  /** The spec's text. */
  readonly spec: string;
  /** How faults call it. */
  readonly file: string;
  readonly overrides: readonly string[];
}

/** At its place in the spec where it has one. */
export type SubmissionFault = Fault | JobFault;

/** A request that the state of things does not allow. */
export class RunsFault extends Error {
  readonly code: 'not-found' | 'not-possible' | 'not-allowed' | 'queue-full' | 'too-large' | 'disk';

  constructor(code: RunsFault['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export class Runs {
  /** Where one of them trains. */
  readonly slot: TrainingSlot;
  readonly #options: RunsOptions;
  readonly #entries = new Map<string, RunEntry>();
  readonly #queue: RunEntry[] = [];
  readonly #inspections = new Gate('specs are being looked at', inspections);
  #closing: (() => void) | undefined;

  constructor(options: RunsOptions) {
    const { log, observer, connections } = options;
    this.#options = options;
    const free = () => (this.#closing ?? (() => this.startNext()))();
    // The next run's thread starts while this one trains.
    const opened = () => {
      if (this.#queue.length > 0) prepareThread();
    };
    this.slot = new TrainingSlot({ log, observer, connections, opened, free });
  }

  get entries(): readonly RunEntry[] {
    return [...this.#entries.values()];
  }

  /** Runs that wait for their turn. */
  get queued(): number {
    return this.#queue.length;
  }

  /** @throws RunsFault not-found */
  find(name: string): RunEntry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new RunsFault('not-found', `there is no run ${name}; \`rondo jobs\` lists them`);
    return entry;
  }

  /** Takes up the runs that the folder holds: those that were queued or under way are in the queue. */
  async restore(): Promise<void> {
    const { jobs, log } = this.#options;
    if (jobs === undefined) return;
    await makeFolder(jobs.runs);
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
    for (const entry of found) this.#entries.set(entry.name, entry);
    this.#queueAgain(found.filter((entry) => !entry.over && entry.document.phase !== 'paused'));
    if (this.#queue.length > 0) log.info({ runs: this.#queue.map(({ name }) => name) }, 'runs go on');
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

  /** What was under way goes on when it is its turn, and does not train before. */
  #queueAgain(entries: readonly RunEntry[]): void {
    const isUnderWay = ({ document: { phase } }: RunEntry) => phase !== 'queued';
    // One that was training goes on before those that waited.
    this.#queue.push(...entries.toSorted((a, b) => Number(isUnderWay(b)) - Number(isUnderWay(a))));
    for (const entry of this.#queue.filter(isUnderWay)) {
      entry.document = { ...entry.document, phase: 'queued', reason: 'the coordinator was started again' };
    }
  }

  /** Queues a job. @returns its name, or every fault of the spec. @throws RunsFault, GateFault */
  async submit({
    spec,
    file,
    overrides,
    ...origin
  }: Submission): Promise<{ run: string } | { faults: readonly SubmissionFault[] }> {
    const { jobs } = this.#options;
    if (jobs === undefined)
      throw new RunsFault('not-possible', 'this coordinator trains one local run and takes no jobs');
    if (file.length > maxFileLength) {
      throw new RunsFault('too-large', `file has ${file.length} characters, at most ${maxFileLength} are taken`);
    }
    const parsed = parseJob(spec, { file, overrides });
    if ('faults' in parsed) return parsed;
    if (this.#queue.length >= queueLimit) {
      throw new RunsFault('queue-full', `${queueLimit} runs wait already: cancel some or wait`);
    }
    const faults = await this.#inspections.run(() => inspectInThread(parsed.job, placeOf(jobs)));
    if (faults.length > 0) {
      const { faultAt } = parsed;
      return {
        faults: faults.map((fault) => (fault.path === undefined ? fault : faultAt(fault.path, fault.message))),
      };
    }
    const entry = await this.#add(jobs, parsed.job, origin);
    this.startNext();
    return { run: entry.name };
  }

  /** Puts a run on disk and into the queue. @throws RunsFault disk: a run that is not on disk is not taken. */
  async #add(jobs: JobFolders, job: TrainingJob, origin: RunOrigin): Promise<RunEntry> {
    const entry = await saveNewRun(jobs, job, origin).catch(({ message }: Error) => {
      throw new RunsFault('disk', `${jobs.runs}: the run cannot be saved (${message}); submit it again later`);
    });
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
      // One that failed goes on from its newest checkpoint, once what made it fail is gone.
      if (phase !== 'paused' && phase !== 'failed') {
        throw new RunsFault('not-possible', `run ${name} is ${phase}: only a paused or failed run resumes`);
      }
      await entry.update({ phase: 'queued', reason: 'resumed' });
      this.#queue.push(entry);
      this.startNext();
      return entry;
    }
    const next: RunPhase = action === 'pause' ? 'paused' : 'cancelled';
    if (entry.over || phase === next) throw new RunsFault('not-possible', `run ${name} is ${phase} already`);
    if (this.slot.entry === entry) {
      this.slot.stop(next);
      await this.slot.untilFree();
      // It may have come to an end of another kind in the meantime.
      if (entry.over || entry.document.phase === next) return entry;
    }
    const at = this.#queue.indexOf(entry);
    if (at >= 0) this.#queue.splice(at, 1);
    await entry.update({ phase: next, reason: next });
    return entry;
  }

  /** Writes a checkpoint of the run that trains and stops; what is queued stays queued. */
  async close(): Promise<void> {
    this.#queue.length = 0;
    if (this.slot.entry === undefined) return;
    const closed = new Promise<void>((resolve) => {
      this.#closing = resolve;
    });
    this.slot.stop('interrupted');
    await closed;
  }

  /** Trains the first in the queue, unless one trains already. */
  startNext(): void {
    if (this.slot.entry !== undefined) return;
    const entry = this.#queue.shift();
    if (entry !== undefined) this.slot.start(entry);
    else for (const connection of this.#options.connections()) connection.idle(nothingQueued);
  }

  /** Trains a run that is not of this coordinator's folder, before anything that is queued. */
  async startLocal(run: LocalRun): Promise<void> {
    // A finished run that goes on is not over until it is found to have nothing left to do.
    const document = { ...(await documentOf(run.folder)), phase: 'queued', reason: 'queued' } as const;
    const entry = new RunEntry(run.folder, document, run.job, run.place);
    this.#entries.set(entry.name, entry);
    this.slot.start(entry, run);
  }
}

function placeOf({ dataRoot }: JobFolders): JobPlace {
  return { base: dataRoot, root: dataRoot };
}

async function saveNewRun(jobs: JobFolders, job: TrainingJob, origin: RunOrigin): Promise<RunEntry> {
  const folder = await createRunFolder(jobs.runs, job.metadata.name);
  const document = { ...newDocument(folder), ...origin };
  try {
    await replaceFile(runPaths(folder).spec, formatJob(job));
    await writeRunDocument(folder, document);
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
  return new RunEntry(folder, document, job, placeOf(jobs));
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
