// Clocks that jump, of the coordinator and of the first worker, and jump back.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ShiftedClock } from '../shifted-clock.ts';
import { expectSeen, type Striker } from './strike.ts';

/** libfaketime looks at its file once a second. */
const noticeMs = 2_500;
const toleranceMs = 3_000;

export const shiftCoordinatorClock: Striker = async (cluster, { durationMs, amount }) =>
  shift(cluster.options.clocks?.coordinator, amount, durationMs, async () => {
    const { coordinator } = cluster;
    const { time } = await coordinator.until(({ msg }) => msg === 'committed', coordinator.log.length);
    return Date.parse(String(time));
  });

export const shiftWorkerClock: Striker = async ({ options, workers }, { worker, durationMs, amount }) =>
  shift(options.clocks?.worker, amount, durationMs, async () => {
    const { nowMs } = (await workers[worker].process.ask({})) as { nowMs: number };
    return nowMs;
  });

/** @param read the process's clock, ms since 1970. */
async function shift(
  clock: ShiftedClock | undefined,
  seconds: number,
  durationMs: number,
  read: () => Promise<number>,
): ReturnType<Striker> {
  if (clock === undefined) throw new Error('there is no clock to shift');
  const fromMs = performance.now();
  clock.shift(seconds);
  try {
    await sleep(Math.max(durationMs, noticeMs));
    const seenMs = (await read()) - Date.now();
    expectSeen(Math.abs(seenMs - 1000 * seconds) < toleranceMs, `a clock ${seconds} s off, not ${seenMs / 1000}`);
    return { fromMs, toMs: performance.now(), evidence: `the process's clock was ${Math.round(seenMs / 1000)} s off` };
  } finally {
    clock.shift(0);
  }
}
