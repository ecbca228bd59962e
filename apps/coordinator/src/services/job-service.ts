// What people ask of a coordinator: JobService on top of the runs and the workers.

import { type ServerUnaryCall, type ServerWritableStream, type sendUnaryData, status } from '@grpc/grpc-js';
import { type JobServiceHandlers, shortened, type WorkerStatus } from '@rondo/protocol';
import { formatFault } from '@rondo/spec';
import type { WorkerReport } from '@rondo/training';
import { callerOf } from '../access/guard.ts';
import { type Caller, maySteer } from '../access/roles.ts';
import { Gate, GateFault } from '../gate.ts';
import type { RunEntry } from '../run-entry.ts';
import { type Runs, RunsFault, type SubmissionFault } from '../runs.ts';
import { sendFolder } from './fetch-folder.ts';
import { FellBehind, sendLog, watchRun } from './follow-run.ts';
import type { ConnectedWorker } from './work-service.ts';

const actions = { ACTION_PAUSE: 'pause', ACTION_RESUME: 'resume', ACTION_CANCEL: 'cancel' } as const;

const codes = {
  'not-found': status.NOT_FOUND,
  'not-possible': status.FAILED_PRECONDITION,
  'queue-full': status.RESOURCE_EXHAUSTED,
  disk: status.RESOURCE_EXHAUSTED,
  'too-large': status.INVALID_ARGUMENT,
  'not-allowed': status.PERMISSION_DENIED,
} as const;

/** What a call fails with. */
function failure(error: unknown): { code: status; details: string } {
  const details = shortened(error instanceof Error ? error.message : String(error));
  if (error instanceof RunsFault) return { code: codes[error.code], details };
  const tooMuch = error instanceof GateFault || error instanceof FellBehind;
  return { code: tooMuch ? status.RESOURCE_EXHAUSTED : status.INTERNAL, details };
}

/** A call with one answer. */
function unary<Request, Response>(answer: (request: Request, caller: Caller) => Response | Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>): void => {
    Promise.resolve()
      .then(() => answer(call.request, callerOf(call.metadata)))
      .then((response) => callback(null, response))
      .catch((error: unknown) => callback(failure(error)));
  };
}

/** A call with a stream of answers, which ends when the promise settles. */
function streaming<Request, Response>(answer: (call: ServerWritableStream<Request, Response>) => Promise<void>) {
  return (call: ServerWritableStream<Request, Response>): void => {
    answer(call).then(
      () => call.end(),
      (error: unknown) => call.emit('error', failure(error)),
    );
  };
}

/** Callers who follow one run, and callers who fetch any. */
const maxFollowers = 64;
const maxFetches = 16;

export function createJobService(runs: Runs, workers: () => readonly ConnectedWorker[]): JobServiceHandlers {
  const fetches = new Gate('callers fetch runs', { slots: maxFetches, waiting: 0 });
  const followers = new WeakMap<RunEntry, Gate>();
  const follow = <Call extends { readonly request: { readonly run: string } }>(
    start: (call: Call, entry: RunEntry) => Promise<void>,
  ) => {
    return async (call: Call) => {
      const entry = runs.find(call.request.run);
      const gate =
        followers.get(entry) ?? new Gate(`callers follow ${entry.name}`, { slots: maxFollowers, waiting: 0 });
      followers.set(entry, gate);
      await gate.run(() => start(call, entry));
    };
  };
  return {
    Submit: unary(async ({ spec, file, overrides }, caller) => {
      const result = await runs.submit({ spec, file: file || 'spec', overrides, owner: caller.name });
      return 'faults' in result
        ? { run: '', faults: result.faults.map(describeFault) }
        : { run: result.run, faults: [] };
    }),
    List: unary(() => ({
      runs: runs.entries.map((entry) => entry.status()),
      workers: describeWorkers(runs, workers(), runs.slot.workers()),
    })),
    Status: unary(({ run }) => {
      const entry = runs.find(run);
      const reported = runs.slot.entry === entry ? runs.slot.workers() : entry.lastWorkers;
      return { run: entry.status(), workers: describeWorkers(runs, workers(), reported) };
    }),
    Control: unary(async ({ run, action }, caller) => {
      const named = actions[action as keyof typeof actions];
      if (named === undefined) throw new RunsFault('not-possible', `unknown action ${action}`);
      expectOwn(runs.find(run), caller);
      return { run: (await runs.control(run, named)).status() };
    }),
    Watch: streaming(follow(watchRun)),
    Logs: streaming(follow(sendLog)),
    Fetch: streaming(async (call) => {
      const { folder } = runs.find(call.request.run);
      await fetches.run(() => sendFolder(folder, call));
    }),
  };
}

function describeFault(fault: SubmissionFault): string {
  return 'file' in fault ? formatFault(fault) : fault.message;
}

/** @throws RunsFault not-allowed */
function expectOwn({ name, document: { owner } }: RunEntry, caller: Caller): void {
  if (maySteer(caller, owner)) return;
  throw new RunsFault(
    'not-allowed',
    `${name} is ${owner ?? 'somebody else'}'s: who submitted it may steer it, and an admin`,
  );
}

const notTraining = { state: 'idle', reason: 'no run trains', nodes: 0, failures: 0, speed: undefined } as const;

/** @param reported what workers did: for the run that trains, or for one that does no longer. */
function describeWorkers(
  runs: Runs,
  connected: readonly ConnectedWorker[],
  reported: readonly WorkerReport[],
): WorkerStatus[] {
  const reports = new Map(reported.map((report) => [report.name, report]));
  const gone = [...reports.values()].filter(({ state }) => state === 'gone').map(describeGone);
  const computing = runs.entries.find((entry) => entry.document.phase === 'training')?.document.engine;
  const here = connected.map(({ name, offers, lastSeenMs }): WorkerStatus => {
    const report = reports.get(name);
    const { state, reason, nodes, failures, speed } = report ?? notTraining;
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
  return [...here, ...gone];
}

function describeGone({ name, state, reason, nodes, failures, silentMs }: WorkerReport): WorkerStatus {
  const unknown = { engines: [], device: '', fingerprint: '', tokensPerSecond: 0, threads: 0 };
  return { ...unknown, name, state, reason, nodes, failures, lastSeenSeconds: silentMs / 1000 };
}
