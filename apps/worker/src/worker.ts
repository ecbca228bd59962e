// A worker process: compute threads that own the engines, and a session that owns the connection.

import type { Worker } from 'node:worker_threads';
import type { EngineName } from '@rondo/rnn-core';
import { type ComputeEvents, ComputePool, threadsOf } from './compute/pool.ts';
import { Session } from './session.ts';
import type { WorkerLog } from './worker-log.ts';

export interface WorkerOptions {
  /** host:port of the coordinator. */
  readonly coordinator: string;
  /** Folder with ca.crt, tls.crt and tls.key; absent: in plain text. */
  readonly tls?: string | undefined;
  /** What to offer; each is tried at start. */
  readonly engines: readonly EngineName[];
  /** Compute threads. */
  readonly threads: number;
  /** host:port of metrics and probes over HTTP; absent: none. */
  readonly http?: string | undefined;
  /** Under the worker's name. */
  readonly log: WorkerLog;
  /** Starts a compute thread; default: the one built here. */
  readonly spawn?: () => Worker;
}

export interface RunningWorker {
  /** Drains: finishes its task, then ends. */
  stop(reason: string): Promise<void>;
}

/** An operating fault of this machine: the message says why each engine does not work. */
export class NoEngineFault extends Error {
  override readonly name = 'NoEngineFault';
}

/** @throws NoEngineFault; an operating fault, `cannot-listen` or `bad-tls` */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { coordinator, tls, engines, threads, http } = options;
  const log = options.log.logger;
  let session: Session | undefined;
  // Every command loads this file, and few of them serve metrics.
  const metrics = http === undefined ? undefined : new (await import('./worker-metrics.ts')).WorkerMetrics();
  if (metrics !== undefined && http !== undefined) {
    const served = await metrics.serve(http);
    log.info({ http: served.address }, 'serving metrics and probes');
  }
  const events: ComputeEvents = {
    gradient: async (task, parameter, data) => session?.gradient(task, parameter, data),
    computed: (task, computed) => session?.computed(task, computed),
    failed: (task, reason, final) => session?.failed(task, reason, final),
    cancelled: (task) => session?.cancelled(task),
    compiled: ({ phase, engine, device, executor }) =>
      log.info({ phase, engine, device, executor, threads: threadsOf(engine, threads) }, 'compiled'),
    died(error) {
      log.fatal({ err: error }, 'a compute thread died');
      process.exit(1);
    },
  };
  const compute = new ComputePool(threads, events, options.spawn);
  const { working, refused } = await compute.probe(engines);
  for (const { engine, reason } of refused) log.info({ engine, reason }, 'engine not available');
  for (const { engine, device, fingerprint, tokensPerSecond } of working) {
    const threadsUsed = threadsOf(engine, threads);
    log.info(
      { engine, device: device.description, fingerprint, tokensPerSecond, threads: threadsUsed },
      'engine available',
    );
    if (device.advice !== undefined) log.warn({ engine, reason: device.advice }, 'engine could be faster');
  }
  if (working.length === 0) {
    await compute.close();
    throw new NoEngineFault(refused.map(({ engine, reason }) => `${engine}: ${reason}`).join('; '));
  }
  session = new Session({
    coordinator,
    tls,
    engines: working,
    threads,
    log: options.log,
    compute,
    observer: metrics,
    refused(reason) {
      log.fatal({ reason, coordinator }, 'the coordinator refuses this worker');
      process.exit(1);
    },
  });
  const running = session;
  return {
    async stop(reason) {
      log.info({ reason }, 'leaving');
      await running.leave(reason);
      await compute.close();
    },
  };
}
