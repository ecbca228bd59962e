// The victims: a coordinator on a small disk and workers behind proxies, each a process of its own.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Commit } from './commits.ts';
import type { Life } from './goodput.ts';
import { Jobs } from './jobs.ts';
import { Link } from './link.ts';
import { LoggedProcess, type LogLine } from './logged-process.ts';
import type { ShiftedClock } from './shifted-clock.ts';
import type { SmallDisk } from './small-disk.ts';

/** src/ and dist/ lie equally deep, so one path serves both. */
const fileOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const inUseMs = 30_000;

export interface ClusterOptions {
  /** Of text, logs and clocks. */
  readonly folder: string;
  readonly text: string;
  /** Absent: the runs lie in the folder. */
  readonly disk: SmallDisk | undefined;
  readonly clocks: { readonly coordinator: ShiftedClock; readonly worker: ShiftedClock } | undefined;
  /** Of every worker, ms a shard. */
  readonly paceMs: number;
}

export interface Worker {
  readonly name: string;
  readonly link: Link;
  process: LoggedProcess;
}

export class Cluster {
  readonly options: ClusterOptions;
  readonly workers: Worker[] = [];
  coordinator!: LoggedProcess;
  jobs!: Jobs;
  /** In the order in which they were told. */
  readonly commits: Commit[] = [];
  /** Processes that ended though nobody killed them. */
  readonly unexpected: string[] = [];
  #address = '127.0.0.1:0';
  readonly #processes: LoggedProcess[] = [];
  readonly #lives: { readonly worker: string; readonly process: LoggedProcess }[] = [];
  readonly #mayEnd = new WeakSet<LoggedProcess>();
  #onCommit: (commit: Commit) => void = () => {};

  constructor(options: ClusterOptions) {
    this.options = options;
    // However this process ends, none of its children stays.
    process.once('exit', () => {
      for (const { child } of this.#processes) child.kill('SIGKILL');
    });
    mkdirSync(join(options.folder, 'logs'), { recursive: true });
    writeFileSync(join(options.folder, 'text.txt'), options.text);
  }

  /** Where this process sees the runs. */
  get runs(): string {
    const { disk, folder } = this.options;
    return join(disk?.seenAt ?? folder, 'runs');
  }

  /** @param told of every commit from now on. */
  onCommit(told: (commit: Commit) => void): void {
    this.#onCommit = told;
  }

  /** Starts it, again at the same address if it ran before, and waits until it listens. */
  async startCoordinator(): Promise<void> {
    const { disk, folder, clocks } = this.options;
    const runs = join(disk?.path ?? folder, 'runs');
    const program = fileOf('../apps/coordinator/bin/coordinator.mjs');
    const args = [program, '--listen', this.#address, '--runs', runs, '--data-root', folder];
    this.coordinator = this.#start('coordinator', disk?.command(process.execPath, args) ?? [process.execPath, args], {
      ...(clocks && { env: clocks.coordinator.env }),
      onLine: (line) => this.#noteCommit(line),
    });
    this.#address = String((await this.coordinator.until(({ msg }) => msg === 'listening')).address);
    this.jobs ??= new Jobs(this.#address);
  }

  /** Starts workers that wait their time a shard, and waits until the coordinator has them. */
  async startWorkers(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const link = await Link.open(this.#address);
      const name = `w${i + 1}`;
      this.workers.push({ name, link, process: this.#startWorker(name, link.address, this.options.paceMs) });
    }
    await Promise.all(this.workers.map((worker) => worker.process.until(({ msg }) => msg === 'connected')));
  }

  /** Starts a worker's process again. */
  restartWorker(worker: Worker): void {
    worker.process = this.#startWorker(worker.name, worker.link.address, this.options.paceMs);
  }

  /** Of every worker process that there was. */
  get lives(): Life[] {
    return this.#lives.map(({ worker, process }) => ({
      worker,
      fromMs: process.startedAtMs,
      toMs: process.endedAtMs,
    }));
  }

  /** A worker that takes no time and has no proxy, while `body` runs. */
  async withUnpacedWorker<T>(body: () => Promise<T>): Promise<T> {
    const worker = this.#startWorker('alone', this.#address, 0);
    try {
      return await body();
    } finally {
      await this.kill(worker);
    }
  }

  /**
   * Settles when steps are committed, and this worker has a connection: a fault before would strike nothing.
   * @throws Error when that does not come.
   */
  async untilInUse(worker?: Worker): Promise<void> {
    const sinceMs = performance.now();
    const inUse = () =>
      (this.commits.at(-1)?.atMs ?? 0) > this.coordinator.startedAtMs && (worker?.link.connections ?? 1) > 0;
    while (!inUse()) {
      if (performance.now() - sinceMs > inUseMs) {
        throw new Error(`did not strike: ${worker?.name ?? 'the coordinator'} was not in use for ${inUseMs} ms`);
      }
      await sleep(20);
    }
  }

  async kill(victim: LoggedProcess): Promise<void> {
    this.#mayEnd.add(victim);
    await victim.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.jobs?.close();
    const processes = [this.coordinator, ...this.workers.map((worker) => worker.process)];
    await Promise.all(processes.filter((one) => one?.running).map((one) => this.kill(one)));
    for (const { link } of this.workers) link.close();
  }

  #startWorker(name: string, address: string, paceMs: number): LoggedProcess {
    const args = [fileOf('programs/paced-worker.mjs'), address, name, String(paceMs)];
    const clock = name === 'w1' ? this.options.clocks?.worker : undefined;
    const started = this.#start(name, [process.execPath, args], { channel: true, ...(clock && { env: clock.env }) });
    this.#lives.push({ worker: name, process: started });
    return started;
  }

  #start(
    name: string,
    [program, args]: readonly [string, readonly string[]],
    options: ConstructorParameters<typeof LoggedProcess>[2],
  ): LoggedProcess {
    const number = String(this.#processes.length + 1).padStart(3, '0');
    const file = join(this.options.folder, 'logs', `${number}-${name}.jsonl`);
    const started = new LoggedProcess(program, args, { ...options, file });
    this.#processes.push(started);
    void started.exited.then(() => {
      if (this.#mayEnd.has(started)) return;
      const last = started.log.at(-1);
      this.unexpected.push(`${name} (logs/${number}-${name}.jsonl) ended by itself: ${last?.msg ?? 'without a word'}`);
      // As whoever runs it would.
      if (started === this.coordinator) void this.startCoordinator();
    });
    return started;
  }

  #noteCommit({ msg, run, step }: LogLine): void {
    if (msg !== 'committed') return;
    const commit = { run: String(run), step: Number(step), atMs: performance.now() };
    this.commits.push(commit);
    this.#onCommit(commit);
  }
}
