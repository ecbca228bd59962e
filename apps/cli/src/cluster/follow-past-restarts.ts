// Follows a run, or its log, to its end even when its coordinator restarts on the way.

import { setTimeout as sleep } from 'node:timers/promises';
import type { RunStatus } from '@rondo/protocol';
import { isOver } from '@rondo/storage';
import { phaseOf } from '../runs/run-view.ts';
import { ConnectionLost, FellBehind } from './call-fault.ts';
import type { CoordinatorClient } from './coordinator-client.ts';
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
  const { client, reporter, signal } = options;
  let { since } = options;
  for (;;) {
    try {
      return await followRun({ ...options, since });
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      const note = (text: string) => reporter.note(text);
      const found = await untilBack(client, since.name, note, { signal, patienceMs });
      if (found === undefined) return since;
      since = found;
    }
  }
}

/** Lines of a run's log until it has ended, each once. @throws as followPastRestarts does. */
export async function* logsPastRestarts(
  client: CoordinatorClient,
  run: string,
  note: (text: string) => unknown,
): AsyncGenerator<string> {
  let told = 0;
  for (;;) {
    let come = 0;
    try {
      for await (const { line } of client.logs(run, true)) {
        come += 1;
        if (come <= told) continue;
        told = come;
        yield line;
      }
      const { run: status } = await client.status(run);
      if (isOver(phaseOf(status))) return;
    } catch (error) {
      // Who read too slowly asks again at once.
      if (error instanceof FellBehind) continue;
      if (!(error instanceof ConnectionLost)) throw error;
    }
    await untilBack(client, run, note);
  }
}

interface Patience {
  readonly signal?: AbortSignal | undefined;
  readonly patienceMs?: number;
}

/**
 * @returns the run's status once the coordinator is there again; undefined when the signal came first.
 * @throws ConnectionLost when the coordinator did not come back in time.
 */
async function untilBack(
  client: CoordinatorClient,
  run: string,
  note: (text: string) => unknown,
  { signal, patienceMs = defaultPatienceMs }: Patience = {},
): Promise<RunStatus | undefined> {
  const seconds = patienceMs / 1000;
  note(`connection lost; the run goes on when the coordinator is back: looking for it for ${seconds} s`);
  const stopped = new Promise<undefined>((resolve) => {
    if (signal?.aborted) resolve(undefined);
    signal?.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const found = sleep(firstPauseMs).then(() => client.status(run, { patienceMs }));
  const first = await Promise.race([found, stopped]).catch((error: unknown) => {
    if (!(error instanceof ConnectionLost)) throw error;
    throw new ConnectionLost(`the coordinator at ${client.address} went away and did not come back in ${seconds} s`);
  });
  if (first === undefined) found.catch(() => {});
  else note('connected again');
  return first?.run;
}
