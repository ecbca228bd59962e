// Calls that follow a run, Watch and Logs: history from its files, then what happens, at the caller's pace. What a slow
// caller has not read is not kept beyond a bound: the call ends, and says how to go on.

import type { JobServiceHandlers } from '@rondo/protocol';
import { streamLog } from '@rondo/storage';
import type { RunEntry } from '../run-entry.ts';
import { LiveEvents } from './live-events.ts';
import { send } from './send.ts';

type WatchCall = Parameters<JobServiceHandlers['Watch']>[0];
type WatchEvent = Parameters<WatchCall['write']>[0];
type LogsCall = Parameters<JobServiceHandlers['Logs']>[0];

/** An operating fault: the caller reads more slowly than the run goes. */
export class FellBehind extends Error {
  override readonly name = 'FellBehind';
}

/** Metrics from a step on and the run's status, until it ends or is paused. @throws FellBehind */
export async function watchRun(call: WatchCall, entry: RunEntry): Promise<void> {
  const live = new LiveEvents<WatchEvent | { readonly rolledBack: number }>();
  const stop = entry.watch({
    metrics: (line) => live.push({ metrics: line }, line.length),
    rolledBack: (step) => live.push({ rolledBack: step }, 1),
    status(status) {
      live.push({ status }, status.reason.length);
      if (entry.over || entry.document.phase === 'paused') live.end();
    },
  });
  if (entry.over) live.end();
  call.once('close', () => live.end());
  let sent = 2 * call.request.fromStep - 1;
  const pass = async (event: WatchEvent | { readonly rolledBack: number }) => {
    if ('rolledBack' in event) {
      sent = Math.min(sent, 2 * event.rolledBack + 1);
      return;
    }
    const place = event.metrics === undefined ? undefined : placeOf(event.metrics);
    // What came while history was read is in both.
    if (place !== undefined && place <= sent) return;
    await send(call, event, live.overflow);
    sent = place ?? sent;
  };
  try {
    await pass({ status: entry.status() });
    for await (const line of streamLog(entry.paths.metrics)) await pass({ metrics: line });
    for await (const event of live) await pass(event);
    live.overflow.throwIfAborted();
  } catch (error) {
    if (!live.overflow.aborted) throw error;
    throw new FellBehind(`${entry.name} goes faster than you read: watch it again from step ${Math.ceil(sent / 2)}`);
  } finally {
    stop();
  }
}

/** Orders metrics lines: a step's own line before its validation's. */
function placeOf(line: string): number {
  const { step, split } = JSON.parse(line) as { step: number; split?: string };
  return 2 * step + (split === 'validation' ? 1 : 0);
}

/** The run's log, and its new lines with `follow`, until the run ends. @throws FellBehind */
export async function sendLog(call: LogsCall, entry: RunEntry): Promise<void> {
  const live = new LiveEvents<string>();
  const stop = entry.watch({
    log: (line) => live.push(line, line.length),
    status() {
      if (entry.over) live.end();
    },
  });
  if (!call.request.follow || entry.over) live.end();
  call.once('close', () => live.end());
  try {
    for await (const line of streamLog(entry.paths.log)) await send(call, { line }, live.overflow);
    for await (const line of live) await send(call, { line }, live.overflow);
    live.overflow.throwIfAborted();
  } catch (error) {
    if (!live.overflow.aborted) throw error;
    throw new FellBehind(`${entry.name} logs faster than you read: ask for its log again`);
  } finally {
    stop();
  }
}
