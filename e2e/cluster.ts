// A cluster for tests: one coordinator, any number of workers, jobs submitted over gRPC, everything killed at the end.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { credentials } from '@grpc/grpc-js';
import { channelOptions, JobService, type ListResponse, type RunStatus } from '@rondo/protocol';
import type { EngineName } from '@rondo/rnn-core';
import { readLog, runPaths } from '@rondo/storage';
import { type LedgerLine, type StepShape, verifyLedger } from '@rondo/training';
import { checkpointHash } from '../chaos/src/jobs.ts';
import { Process } from './processes.ts';

export class Cluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'rondo-e2e-'));
  readonly workers = new Map<string, Process>();
  coordinator!: Process;
  address!: string;
  #client!: InstanceType<typeof JobService>;

  /** @param text of the data root's only file, `text.txt`. */
  static async start(text: string): Promise<Cluster> {
    const cluster = new Cluster();
    writeFileSync(join(cluster.folder, 'text.txt'), text);
    await cluster.startCoordinator('127.0.0.1:0');
    return cluster;
  }

  async startCoordinator(listen = this.address): Promise<void> {
    const { folder } = this;
    this.coordinator = new Process('coordinator', [
      '--listen',
      listen,
      '--runs',
      join(folder, 'runs'),
      '--data-root',
      folder,
    ]);
    this.address = String((await this.coordinator.until(({ msg }) => msg === 'listening')).address);
    this.#client?.close();
    this.#client = new JobService(this.address, credentials.createInsecure(), channelOptions);
  }

  /** Starts a worker and waits until the coordinator knows it. @param address default: the coordinator's own. */
  async startWorker(name: string, engine: EngineName, threads = 1, address = this.address): Promise<Process> {
    const flags = ['--name', name, '--engine', engine, '--threads', String(threads)];
    const worker = new Process('worker', ['--coordinator', address, ...flags]);
    this.workers.set(name, worker);
    await worker.until(({ msg }) => msg === 'connected');
    return worker;
  }

  /** @param threads of each worker. */
  async startWorkers(threads: readonly number[], engine: EngineName): Promise<void> {
    await Promise.all(threads.map((count, i) => this.startWorker(`w${i + 1}`, engine, count)));
  }

  async stopWorkers(): Promise<void> {
    await Promise.all([...this.workers.values()].map((process) => process.kill()));
    this.workers.clear();
  }

  /** @returns the run's name. @throws Error with the faults of the spec. */
  async submit(spec: string): Promise<string> {
    const request = { spec, file: 'spec.yaml', overrides: [] };
    const { run, faults } = await this.#call<{ run: string; faults: string[] }>('submit', request);
    if (faults.length > 0) throw new Error(faults.join('\n'));
    return run;
  }

  list(): Promise<ListResponse> {
    return this.#call('list', {});
  }

  /** Status of one run. */
  async status(run: string): Promise<RunStatus> {
    const status = (await this.list()).runs.find(({ name }) => name === run);
    if (status === undefined) throw new Error(`no run ${run}`);
    return status;
  }

  async control(run: string, action: 'ACTION_PAUSE' | 'ACTION_RESUME' | 'ACTION_CANCEL'): Promise<void> {
    await this.#call('control', { run, action });
  }

  #call<Response>(method: 'submit' | 'list' | 'control', request: object): Promise<Response> {
    const call = promisify(this.#client[method].bind(this.#client)) as (request: object) => Promise<Response>;
    return call(request);
  }

  /** Settles when the run has committed this step. */
  async untilStep(run: string, step: number): Promise<void> {
    await this.#follow(run, ({ metrics }) => metrics !== undefined && JSON.parse(metrics).step >= step);
  }

  /** Settles when the run has ended. @throws Error unless it has finished. */
  async untilFinished(run: string): Promise<void> {
    let status: RunStatus | undefined;
    await this.#follow(run, (event) => {
      status = event.status ?? status;
      return ['PHASE_FINISHED', 'PHASE_FAILED', 'PHASE_CANCELLED'].includes(event.status?.phase ?? '');
    });
    if (status?.phase !== 'PHASE_FINISHED') throw new Error(`${run}: ${status?.phase} ${status?.reason}`);
  }

  #follow(run: string, until: (event: { status?: RunStatus; metrics?: string }) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = this.#client.watch({ run, fromStep: 1 });
      call.on('data', (event) => {
        const { status, metrics } = event;
        if (!until({ ...(status && { status }), ...(metrics && { metrics }) })) return;
        resolve();
        call.cancel();
      });
      call.on('error', reject);
      call.on('end', () => reject(new Error(`${run}: the coordinator has nothing more to say`)));
    });
  }

  runFolder(run: string): string {
    return join(this.folder, 'runs', run);
  }

  /** SHA-256 of a checkpoint's weights, optimizer state and recurrent state. */
  hashOf(run: string, step: number): string {
    return checkpointHash(this.runFolder(run), step);
  }

  /** The ledger's lines, its chain checked. @param shape default: that of its first line. */
  ledgerOf(run: string, shape?: StepShape): LedgerLine[] {
    const lines = readLog(runPaths(this.runFolder(run)).ledger);
    const [fault] = verifyLedger(lines, shape).faults;
    if (fault !== undefined) throw new Error(`ledger line ${fault.line} ${fault.fault}`);
    return lines.map((line) => JSON.parse(line) as LedgerLine);
  }

  async stop(): Promise<void> {
    this.#client.close();
    await Promise.all([this.coordinator.kill(), this.stopWorkers()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Who computed something, by name. */
export function workersIn(ledger: readonly LedgerLine[]): string[] {
  return [...new Set(ledger.flatMap(({ nodes }) => nodes.map(({ worker }) => worker)))].sort();
}
