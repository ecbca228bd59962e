// Faults of worker processes: killed, stopped, slowed down.

import { setTimeout as sleep } from 'node:timers/promises';
import { expectSeen, type Striker } from './strike.ts';

/** SIGKILL, and a new process of the same name after the fault's duration. */
export const killWorker: Striker = async (cluster, { worker: index, durationMs }) => {
  const worker = cluster.workers[index];
  const { process: victim } = worker;
  const fromMs = performance.now();
  await cluster.kill(victim);
  expectSeen(victim.child.signalCode === 'SIGKILL', `process ${victim.pid} killed`);
  await sleep(durationMs);
  cluster.restartWorker(worker);
  return { fromMs, toMs: performance.now(), evidence: `process ${victim.pid} ended by ${victim.child.signalCode}` };
};

/** SIGSTOP for the fault's duration. */
export const stopWorker: Striker = async ({ workers }, { worker: index, durationMs }) => {
  const { process: victim } = workers[index];
  const fromMs = performance.now();
  victim.child.kill('SIGSTOP');
  await sleep(durationMs);
  const { state } = victim;
  victim.child.kill('SIGCONT');
  expectSeen(state === 'T', `process ${victim.pid} in state T, not ${state}`);
  return { fromMs, toMs: performance.now(), share: 0, evidence: `process ${victim.pid} was in state ${state}` };
};

const slowness = 4;

/** Longer than a step takes, whatever happens to the cluster at the same time. */
const noticeMs = 15_000;

/** Four times the time a shard for the fault's duration, and at least until it has computed one. */
export const slowWorker: Striker = async ({ workers, options }, { worker: index, durationMs }) => {
  const { process: victim } = workers[index];
  const paceMs = slowness * options.paceMs;
  const shards = async (order: { pace?: number }) => ((await victim.ask(order)) as { shards: number }).shards;
  const fromMs = performance.now();
  await shards({ pace: paceMs });
  await sleep(durationMs);
  while ((await shards({})) === 0 && performance.now() - fromMs < noticeMs) await sleep(paceMs);
  const computed = await shards({ pace: options.paceMs });
  const toMs = performance.now();
  const most = Math.ceil((toMs - fromMs) / paceMs) + 1;
  expectSeen(computed > 0 && computed <= most, `1 to ${most} shards of ${paceMs} ms, not ${computed}`);
  return { fromMs, toMs, share: 1 / slowness, evidence: `${computed} shards of at least ${paceMs} ms` };
};
