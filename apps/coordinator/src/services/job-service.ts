// What people ask of a coordinator: JobService on top of the runs and the workers.

import { type ServerUnaryCall, type ServerWritableStream, type sendUnaryData, status } from '@grpc/grpc-js';
import type { JobServiceHandlers, WorkerStatus } from '@rondo/protocol';
import { readLog } from '@rondo/storage';
import type { Runs } from '../runs.ts';
import { RunsFault } from '../runs.ts';
import { sendFolder } from './fetch-folder.ts';
import type { ConnectedWorker } from './work-service.ts';

const actions = { ACTION_PAUSE: 'pause', ACTION_RESUME: 'resume', ACTION_CANCEL: 'cancel' } as const;

const codes = {
  'not-found': status.NOT_FOUND,
  'not-possible': status.FAILED_PRECONDITION,
  'queue-full': status.RESOURCE_EXHAUSTED,
  disk: status.UNAVAILABLE,
} as const;

/** What a call fails with. */
function failure(error: unknown): { code: status; details: string } {
  if (error instanceof RunsFault) return { code: codes[error.code], details: error.message };
  return { code: status.INTERNAL, details: error instanceof Error ? error.message : String(error) };
}

/** A call with one answer. */
function unary<Request, Response>(answer: (request: Request) => Response | Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then((response) => callback(null, response))
      .catch((error: unknown) => callback(failure(error)));
  };
}

/** A call with a stream of answers; `start` returns what to do when the caller is gone. */
function streaming<Request, Response>(
  start: (call: ServerWritableStream<Request, Response>) => (() => void) | undefined,
) {
  return (call: ServerWritableStream<Request, Response>): void => {
    try {
      const stop = start(call);
      if (stop) call.on('close', stop);
    } catch (error) {
      call.emit('error', failure(error));
    }
  };
}

export function createJobService(runs: Runs, workers: () => readonly ConnectedWorker[]): JobServiceHandlers {
  return {
    Submit: unary(async ({ spec, file, overrides }) => {
      const result = await runs.submit(spec, file || 'spec', overrides);
      return 'faults' in result ? { run: '', faults: result.faults } : { run: result.run, faults: [] };
    }),
    List: unary(() => ({
      runs: runs.entries.map((entry) => entry.status()),
      workers: describeWorkers(runs, workers()),
    })),
    Status: unary(({ run }) => ({ run: runs.find(run).status(), workers: describeWorkers(runs, workers()) })),
    Control: unary(async ({ run, action }) => {
      const named = actions[action as keyof typeof actions];
      if (named === undefined) throw new RunsFault('not-possible', `unknown action ${action}`);
      return { run: (await runs.control(run, named)).status() };
    }),
    Watch: streaming((call) => watch(call, runs)),
    Logs: streaming((call) => followLog(call, runs)),
    Fetch: streaming((call) => {
      const entry = runs.find(call.request.run);
      sendFolder(entry.folder, call).then(
        () => call.end(),
        (error: unknown) => call.emit('error', failure(error)),
      );
      return undefined;
    }),
  };
}

/** Orders metrics lines: a step's own line before its validation's. */
function order(line: string): number {
  const { step, split } = JSON.parse(line) as { step: number; split?: string };
  return 2 * step + (split === 'validation' ? 1 : 0);
}

type WatchCall = Parameters<JobServiceHandlers['Watch']>[0];

function watch(call: WatchCall, runs: Runs): (() => void) | undefined {
  const entry = runs.find(call.request.run);
  const send = (event: Parameters<WatchCall['write']>[0]) => call.write(event);
  send({ status: entry.status() });
  let sent = 0;
  const metrics = (line: string) => {
    const place = order(line);
    if (place <= sent) return;
    sent = place;
    send({ metrics: line });
  };
  const first = call.request.fromStep;
  for (const line of readLog(entry.paths.metrics)) if (order(line) >= 2 * first) metrics(line);
  if (entry.over) {
    call.end();
    return undefined;
  }
  const unwatch = entry.watch({
    metrics,
    status(update) {
      send({ status: update });
      if (entry.over || entry.document.phase === 'paused') call.end();
    },
  });
  return unwatch;
}

type LogsCall = Parameters<JobServiceHandlers['Logs']>[0];

function followLog(call: LogsCall, runs: Runs): (() => void) | undefined {
  const entry = runs.find(call.request.run);
  for (const line of entry.readLog()) call.write({ line });
  if (!call.request.follow || entry.over) {
    call.end();
    return undefined;
  }
  return entry.watch({
    log: (line) => call.write({ line }),
    status() {
      if (entry.over) call.end();
    },
  });
}

const notTraining = { state: 'idle', reason: 'no run trains', nodes: 0, failures: 0, speed: undefined } as const;

function describeWorkers(runs: Runs, connected: readonly ConnectedWorker[]): WorkerStatus[] {
  const reports = new Map(runs.slot.workers().map((report) => [report.name, report]));
  return connected.map(({ name, offers, lastSeenMs }) => {
    const report = reports.get(name);
    const { state, reason, nodes, failures, speed } = report ?? notTraining;
    const computing = runs.entries.find((entry) => entry.document.phase === 'training')?.document.engine;
    const offer = offers.find(({ engine }) => engine === computing) ?? offers[0];
    return {
      name,
      state,
      reason,
      ...(speed !== undefined && { speed }),
      failures,
      engines: offers.map(({ engine }) => engine),
      device: offer.description,
      fingerprint: offer.fingerprint,
      nodes,
      tokensPerSecond: offer.tokensPerSecond,
      threads: offer.threads,
      lastSeenSeconds: (performance.now() - lastSeenMs) / 1000,
    };
  });
}
