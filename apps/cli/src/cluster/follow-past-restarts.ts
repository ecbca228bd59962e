// Follows a run to its end even when its coordinator restarts on the way.

import { setTimeout as sleep } from 'node:timers/promises';
import type { RunStatus } from '@rondo/protocol';
import { ConnectionLost } from './call-fault.ts';
import { type FollowOptions, followRun } from './follow.ts';

/** A coordinator that is going down may still answer. */
const firstPauseMs = 500;
/** How long a coordinator that went away is looked for: it restarts in seconds. */
const defaultPatienceMs = 30_000;

/**
 * @returns as followRun does.
 * @throws ConnectionLost when the coordinator went away and did not come back in time; CallFault.
 */
export async function followPastRestarts(options: FollowOptions, patienceMs = defaultPatienceMs): Promise<RunStatus> {
  let { since } = options;
  for (;;) {
    try {
      return await followRun({ ...options, since });
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      options.reporter.note(
        `connection lost; the run goes on when the coordinator is back: looking for it for ${patienceMs / 1000} s`,
      );
      const found = await find(options, patienceMs);
      if (found === undefined) return since;
      options.reporter.note('connected again');
      since = found;
    }
  }
}

/** @returns the run's status once the coordinator is there again; undefined when the signal came first. */
async function find({ client, since, signal }: FollowOptions, patienceMs: number): Promise<RunStatus | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    if (signal?.aborted) resolve(undefined);
    signal?.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const found = sleep(firstPauseMs).then(() => client.status(since.name, { patienceMs }));
  const first = await Promise.race([found, stopped]).catch((error: unknown) => {
    if (!(error instanceof ConnectionLost)) throw error;
    throw new ConnectionLost(
      `the coordinator at ${client.address} went away and did not come back in ${patienceMs / 1000} s`,
    );
  });
  if (first === undefined) found.catch(() => {});
  return first?.run;
}
