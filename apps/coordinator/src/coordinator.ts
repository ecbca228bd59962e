// The coordinator process: a gRPC server with the workers' service, the people's service, health and reflection.

import { ReflectionService } from '@grpc/reflection';
import type { Logger } from '@rondo/logging';
import { createServer, JobService, listen, packageDefinition, serverCredentials, WorkService } from '@rondo/protocol';
import { HealthImplementation } from 'grpc-health-check';
import { guard } from './access/guard.ts';
import { type JobFolders, Runs } from './runs.ts';
import { createJobService } from './services/job-service.ts';
import { WorkerRegistry } from './services/work-service.ts';
import type { LocalRun } from './training-slot.ts';

export interface CoordinatorOptions {
  /** host:port; port 0 takes a free one. */
  readonly listen: string;
  /** Folder with ca.crt, tls.crt and tls.key; absent: in plain text, and every caller is admin. */
  readonly tls?: string | undefined;
  /** Where submitted runs and their data lie; absent: nothing can be submitted. */
  readonly jobs?: JobFolders;
  /** host:port of metrics and probes over HTTP; absent: none. */
  readonly http?: string | undefined;
  /** TrainingJobs of a Kubernetes namespace to run too; default namespace: this process's own. */
  readonly kubernetes?: { readonly namespace: string | undefined } | undefined;
  readonly log: Logger;
}

export interface Coordinator {
  /** host:port that it really listens on. */
  readonly address: string;
  /** Trains one run that is not of its folder. */
  startLocal(run: LocalRun): Promise<void>;
  /** Drains: a checkpoint of the run that trains, then the end of all connections. */
  stop(): Promise<void>;
}

const serving = { '': 'SERVING', 'rondo.v1.WorkService': 'SERVING', 'rondo.v1.JobService': 'SERVING' } as const;

/** @throws an operating fault: `cannot-listen`, `bad-tls`; CommandFault when no Kubernetes is configured and one is asked for. */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { log, tls, http } = options;
  // What only some coordinators use is loaded by those: every command loads this file.
  const metrics =
    http === undefined ? undefined : new (await import('./metrics/coordinator-metrics.ts')).CoordinatorMetrics();
  const tokens = tls === undefined ? undefined : (await import('./access/tokens.ts')).tokensOf(tls);
  // Before anything starts: there may be no Kubernetes.
  const controllerOf = options.kubernetes && (await loadController(options.kubernetes.namespace, log));
  const runs = new Runs({
    jobs: options.jobs,
    log,
    observer: metrics,
    connections: () => registry.workers,
  });
  const registry: WorkerRegistry = new WorkerRegistry(runs.slot, log, metrics?.traffic);
  let unready: string | undefined = 'the runs are being restored';
  if (metrics !== undefined && http !== undefined) {
    const served = await metrics.serve(http, runs, registry, () => unready);
    log.info({ http: served.address }, 'serving metrics and probes');
  }
  const credentials =
    tls === undefined
      ? undefined
      : serverCredentials(tls, {
          renewed: () => log.info({ folder: tls }, 'new certificates are in use'),
          failed: (reason) => log.error({ reason }, 'new certificates cannot be used: those from before are'),
        });
  const guarded = guard(tokens, log);
  const interceptors = metrics === undefined ? [guarded] : [metrics.refusals.interceptor, guarded];
  const server = createServer({ interceptors }, (peer, reason) => {
    metrics?.refusals.connection();
    log.warn({ peer, reason }, 'connection refused');
  });
  server.addService(WorkService.service, { Work: registry.work });
  server.addService(
    JobService.service,
    createJobService(runs, () => registry.workers),
  );
  const health = new HealthImplementation(serving);
  health.addToServer(server);
  new ReflectionService(packageDefinition).addToServer(server);
  // Whoever connects finds the runs of the coordinator before.
  await runs.restore();
  const port = await listen(server, options.listen, credentials);
  // Not before: one that finds its address taken must leave the runs alone.
  runs.startNext();
  const trainingJobs = controllerOf?.(runs);
  trainingJobs?.start();
  const address = options.listen.replace(/\d+$/, String(port));
  log.info({ address, tls: tls ?? 'none' }, 'listening');
  unready = undefined;
  return {
    address,
    startLocal: (run) => runs.startLocal(run),
    async stop() {
      unready = 'draining';
      for (const service of Object.keys(serving)) health.setStatus(service, 'NOT_SERVING');
      trainingJobs?.halt();
      await runs.close();
      await trainingJobs?.finish();
      server.forceShutdown();
    },
  };
}

/** The client of Kubernetes is large: it is loaded where it is used. */
async function loadController(namespace: string | undefined, log: Logger) {
  const { TrainingJobApi } = await import('./kubernetes/api.ts');
  const { TrainingJobController } = await import('./kubernetes/controller.ts');
  const api = new TrainingJobApi(namespace);
  return (runs: Runs) => new TrainingJobController(api, runs, log);
}
