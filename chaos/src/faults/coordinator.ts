// Faults of the coordinator's process: killed at any moment, or just while it writes a checkpoint. It is started again at once.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster.ts';
import { expectSeen, type Striker } from './strike.ts';

export const killCoordinator: Striker = async (cluster) => {
  const fromMs = performance.now();
  const { evidence } = await killAndStart(cluster);
  return { fromMs, toMs: performance.now(), evidence };
};

/** Kills that come too late for a checkpoint until that counts as a fault of the harness. */
const attempts = 5;

export const killInCheckpoint: Striker = async (cluster) => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const folder = await checkpointBegun(cluster);
    const fromMs = performance.now();
    const { evidence, left } = await killAndStart(cluster, folder);
    const toMs = performance.now();
    if (left.length > 0) return { fromMs, toMs, evidence: `${evidence}; left ${left.join(', ')}` };
  }
  throw new Error(`did not strike: ${attempts} kills came after the checkpoint was whole`);
};

/** @param checkpoints a folder to look at while nobody lives who could tidy it up. */
async function killAndStart(cluster: Cluster, checkpoints?: string): Promise<{ evidence: string; left: string[] }> {
  const { coordinator: victim } = cluster;
  await cluster.kill(victim);
  expectSeen(victim.child.signalCode === 'SIGKILL', `process ${victim.pid} killed`);
  const left = checkpoints === undefined ? [] : unfinished(checkpoints);
  await cluster.startCoordinator();
  const { runs } = await cluster.coordinator.until(({ msg }) => msg === 'runs go on');
  return { evidence: `process ${victim.pid} ended by ${victim.child.signalCode}; found ${String(runs)}`, left };
}

/** Settles as soon as the run that trains has begun to write a checkpoint. @returns the folder of its checkpoints. */
async function checkpointBegun({ runs, commits }: Cluster): Promise<string> {
  for (;;) {
    const folder = join(runs, commits.at(-1)?.run ?? '', 'checkpoints');
    if (unfinished(folder).length > 0) return folder;
    await sleep(1);
  }
}

function unfinished(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.startsWith('.step-'));
  } catch (error) {
    // There is no checkpoint yet.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
