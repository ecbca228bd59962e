// Runs the TrainingJobs of a namespace as the coordinator's queue, and writes what becomes of them into their status.

import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@rondo/logging';
import { GateFault } from '../gate.ts';
import type { RunEntry } from '../run-entry.ts';
import { type Runs, RunsFault } from '../runs.ts';
import { describeFailure, isNotFound, type TrainingJobApi, type WatchEvent } from './api.ts';
import { Outage } from './outage.ts';
import { plan, specText, type TrainingJobResource } from './resource.ts';
import { type JobStatus, jobStatus, type RunState, statusPatch, type Verdict } from './status.ts';
import { accepted, badSpec, verdictBeside } from './verdict.ts';

/** Between two writes of one resource's status. */
const statusMs = 1000;
/** Before the next list: at first, and at most while the server is away. */
const firstPauseMs = 1000;
const longestPauseMs = 10_000;
/** Before a spec that was good is submitted again, which the queue or the disk did not take. */
const submitAgainMs = 10_000;
/** Of the last status at the end of the process. */
const lastWordMs = 3000;

/** Who a run of a resource belongs to. */
const owner = 'kubernetes';

/** A resource, and what is known of it. */
interface Job {
  resource: TrainingJobResource;
  /** Of the generation it is about. */
  verdict: (Verdict & { readonly generation: number }) | undefined;
  /** What the server has. */
  written: JobStatus | undefined;
}

export class TrainingJobController {
  readonly #api: TrainingJobApi;
  readonly #runs: Runs;
  readonly #log: Logger;
  readonly #serverOutage: Outage;
  readonly #watchOutage: Outage;
  readonly #writeOutage: Outage;
  readonly #stop = new AbortController();
  /** By uid; undefined before the first list: nothing is known, and nothing may be cancelled. */
  #jobs: Map<string, Job> | undefined;
  #reconciling = false;
  #again = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(api: TrainingJobApi, runs: Runs, log: Logger) {
    this.#api = api;
    this.#runs = runs;
    this.#log = log.child({ namespace: api.namespace });
    this.#serverOutage = new Outage(this.#log, 'listing TrainingJobs');
    this.#watchOutage = new Outage(this.#log, 'watching TrainingJobs: they are listed every now and then');
    this.#writeOutage = new Outage(this.#log, 'writing the status of TrainingJobs');
  }

  start(): void {
    void this.#follow();
    this.#writing = this.#writeAlways();
  }

  /** Takes nothing more in. */
  halt(): void {
    this.#stop.abort();
  }

  /** Once the runs have come to rest: writes what became of them, unless the server is away. */
  async finish(): Promise<void> {
    await Promise.race([this.#writing.then(() => this.#writeChanges()), sleep(lastWordMs)]);
  }

  /** Lists, watches until the watch ends, and begins again. */
  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      try {
        const { items, resourceVersion } = await this.#api.list();
        this.#take(items);
        this.#serverOutage.works();
        const hear = (event: WatchEvent, resource: TrainingJobResource) => this.#hear(event, resource);
        const refusal = await this.#api.watch(resourceVersion, hear, signal);
        if (refusal === undefined) this.#watchOutage.works();
        else this.#watchOutage.failed(refusal);
        pauseMs = refusal === undefined ? firstPauseMs : longer(pauseMs);
      } catch (error) {
        this.#serverOutage.failed(describeFailure(error));
        pauseMs = longer(pauseMs);
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Takes in a whole list. A spec that its files contradicted is looked at again: they may be there now. */
  #take(items: readonly TrainingJobResource[]): void {
    const known = this.#jobs;
    if (known === undefined) {
      this.#log.info({ server: this.#api.server, trainingJobs: items.length }, 'watching TrainingJobs');
    }
    this.#jobs = new Map(
      items.map((resource) => {
        const verdict = known?.get(resource.metadata.uid)?.verdict;
        const kept = verdict?.reason === 'BadSpec' ? undefined : verdict;
        return [resource.metadata.uid, { resource, verdict: kept, written: resource.status }];
      }),
    );
    this.#reconcile();
  }

  #hear(event: WatchEvent, resource: TrainingJobResource): void {
    const { uid } = resource.metadata;
    const job = this.#jobs?.get(uid);
    if (event === 'DELETED') this.#jobs?.delete(uid);
    else if (job === undefined) this.#jobs?.set(uid, { resource, verdict: undefined, written: resource.status });
    else job.resource = resource;
    this.#reconcile();
  }

  /** One at a time, and once more when something has happened meanwhile. */
  #reconcile(): void {
    this.#again = true;
    if (!this.#reconciling) void this.#reconcileAll();
  }

  async #reconcileAll(): Promise<void> {
    this.#reconciling = true;
    while (this.#again && !this.#stop.signal.aborted) {
      this.#again = false;
      const jobs = this.#jobs ?? new Map<string, Job>();
      const resources = [...jobs.values()].map(({ resource }) => resource);
      const documents = this.#runs.entries.map(({ document }) => document);
      const { cancel, submit } = plan(this.#api.namespace, resources, documents);
      for (const name of cancel) await this.#cancel(name);
      for (const { metadata } of submit) {
        const job = jobs.get(metadata.uid);
        if (job !== undefined && job.verdict?.generation !== metadata.generation) await this.#submit(job);
      }
    }
    this.#reconciling = false;
  }

  async #cancel(name: string): Promise<void> {
    try {
      this.#log.info({ run: name }, 'its TrainingJob is deleted: cancelling');
      await this.#runs.control(name, 'cancel');
    } catch (error) {
      // It came to another end in the meantime.
      if (!(error instanceof RunsFault)) throw error;
      this.#log.info({ run: name, reason: error.message }, 'not cancelled');
    }
  }

  async #submit(job: Job): Promise<void> {
    const { resource } = job;
    const { name, namespace, uid, generation } = resource.metadata;
    const verdict = await this.#submitted(resource, { name, namespace, uid });
    job.verdict = { ...verdict, generation };
    if (verdict.reason === 'Accepted') return;
    this.#log.warn({ trainingJob: name, reason: verdict.message }, 'a TrainingJob is not taken');
    if (verdict.reason === 'TryingAgain') setTimeout(() => this.#retry(uid), submitAgainMs).unref();
  }

  async #submitted(
    resource: TrainingJobResource,
    origin: { name: string; namespace: string; uid: string },
  ): Promise<Verdict> {
    try {
      const submission = { spec: specText(resource), file: origin.name, overrides: [], owner, resource: origin };
      const result = await this.#runs.submit(submission);
      return 'faults' in result ? badSpec(result.faults) : accepted;
    } catch (error) {
      if (!(error instanceof RunsFault || error instanceof GateFault)) throw error;
      return { reason: 'TryingAgain', message: error.message };
    }
  }

  #retry(uid: string): void {
    const job = this.#jobs?.get(uid);
    if (job?.verdict?.reason !== 'TryingAgain') return;
    job.verdict = undefined;
    this.#reconcile();
  }

  async #writeAlways(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#writeChanges();
      await sleep(statusMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Writes every status that has changed, until one cannot be written. */
  async #writeChanges(): Promise<void> {
    const runs = new Map(this.#runs.entries.map((entry) => [entry.document.resource?.uid, entry]));
    for (const job of this.#jobs?.values() ?? []) {
      const status = this.#statusOf(job, runs.get(job.resource.metadata.uid));
      if (status === undefined || isDeepStrictEqual(status, job.written)) continue;
      try {
        await this.#api.writeStatus(job.resource.metadata.name, statusPatch(job.written, status));
        job.written = status;
        this.#writeOutage.works();
      } catch (error) {
        // Deleted a moment ago: the watch will say so.
        if (isNotFound(error)) continue;
        this.#writeOutage.failed(describeFailure(error));
        return;
      }
    }
  }

  /** @returns undefined: nothing is to be said yet. */
  #statusOf(job: Job, entry: RunEntry | undefined): JobStatus | undefined {
    const { generation } = job.resource.metadata;
    if (entry !== undefined && job.verdict?.generation !== generation) {
      job.verdict = { ...verdictBeside(entry.job, job.resource), generation };
    }
    if (job.verdict === undefined) return undefined;
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    const run = entry && runState(entry);
    return jobStatus({ generation: job.verdict.generation, verdict: job.verdict, run, before: job.written, now });
  }
}

const longer = (pauseMs: number) => Math.min(2 * pauseMs, longestPauseMs);

function runState(entry: RunEntry): RunState {
  const { name, step, steps, loss, validationLoss, workers, secondsLeft, hindrances } = entry.status();
  const { phase, reason } = entry.document;
  const held = hindrances.map((hindrance) => hindrance.reason);
  return {
    name,
    phase,
    reason: [reason, ...held].join('; '),
    step,
    steps,
    loss,
    validationLoss,
    workers,
    secondsLeft,
  };
}
