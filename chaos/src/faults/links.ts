// Faults of a worker's link: parted in silence, slow, cut.

import { setTimeout as sleep } from 'node:timers/promises';
import { expectSeen, type Striker } from './strike.ts';

/** Nothing passes, neither bytes nor the end of a connection. */
export const partition: Striker = async ({ workers }, { worker, durationMs }) => {
  const { link } = workers[worker];
  const { connections } = link;
  const fromMs = performance.now();
  link.part();
  const before = link.bytes;
  await sleep(durationMs);
  const passed = link.bytes - before;
  link.heal();
  const toMs = performance.now();
  expectSeen(before > 0 && passed === 0, `a link in use that passes nothing, not ${passed} bytes after ${before}`);
  return { fromMs, toMs, share: 0, evidence: `0 bytes passed on ${connections} connection, ${before} before` };
};

/** So many bytes a second each way. */
export const slowLink: Striker = async ({ workers }, { worker, durationMs, amount }) => {
  const { link } = workers[worker];
  const before = link.bytes;
  const fromMs = performance.now();
  link.limit(amount);
  await sleep(durationMs);
  link.limit(Number.POSITIVE_INFINITY);
  const toMs = performance.now();
  const passed = link.bytes - before;
  // What had arrived at the proxy before still went at full speed.
  const most = Math.ceil((2 * amount * (toMs - fromMs)) / 1000) + 2 * 65_536;
  expectSeen(passed <= most, `at most ${most} bytes, not ${passed}`);
  return { fromMs, toMs, evidence: `${passed} bytes in ${Math.round(toMs - fromMs)} ms at ${amount} bytes/s each way` };
};

/** The connection is reset. */
export const cutLink: Striker = async ({ workers }, { worker: index }) => {
  const { link, process: victim } = workers[index];
  const { connections } = link;
  const lines = victim.log.length;
  const fromMs = performance.now();
  link.cut();
  expectSeen(connections > 0, 'a connection to cut');
  const { msg, reason } = await victim.until(({ msg }) => msg.startsWith('no coordinator'), lines);
  return { fromMs, toMs: performance.now(), evidence: `${msg}: ${String(reason)}` };
};
