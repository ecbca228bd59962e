// What a seed stands for: a run, its workers, and what befalls them when.

import type { BrainConfig } from '../brain/index.ts';
import type { DiskFault } from './disk.ts';
import { drawFaults } from './faults.ts';
import { Random } from './random.ts';

export interface WorkerPlan {
  readonly name: string;
  readonly joinAtMs: number;
  readonly threads: number;
  /** Time for a shard on one thread. */
  readonly shardMs: number;
  readonly latencyMs: number;
  readonly fingerprint: string;
  /** Nothing befalls it. */
  readonly spared: boolean;
}

/** What befalls one worker at a time. */
export type WorkerFault =
  /** SIGKILL; another process of its name comes after `forMs`. */
  | { readonly type: 'kill'; readonly forMs: number }
  /** SIGSTOP, and SIGCONT after `forMs`. */
  | { readonly type: 'stall'; readonly forMs: number }
  | { readonly type: 'slow'; readonly forMs: number; readonly factor: number }
  /** SIGTERM; another process of its name comes after `forMs`. */
  | { readonly type: 'leave'; readonly forMs: number }
  /** The connection breaks; each end notices after its own time, and leftovers may turn up still later. */
  | {
      readonly type: 'cut';
      readonly coordinatorMs: number;
      readonly workerMs: number;
      readonly leftoverMs: number | undefined;
    }
  /** Nothing passes in either direction; everything arrives when it heals. */
  | { readonly type: 'partition'; readonly forMs: number }
  | { readonly type: 'slow-link'; readonly forMs: number; readonly latencyMs: number }
  /** Its next task fails. */
  | { readonly type: 'fail'; readonly final: boolean }
  /** Its next result is not finite. */
  | { readonly type: 'not-finite' }
  /** It sends its next result twice. */
  | { readonly type: 'duplicate' }
  /** It sends the result of its last task again, whenever that was, in place of its next one's, and the right one after. */
  | { readonly type: 'stale' }
  /** From now on so many of its gradients have a wrong bit. */
  | { readonly type: 'corrupt'; readonly share: number };

export type Fault =
  | { readonly atMs: number; readonly worker: string; readonly fault: WorkerFault }
  /** SIGKILL of the coordinator; another one starts after `forMs`. `inWrite`: as soon as a checkpoint is being written. */
  | {
      readonly atMs: number;
      readonly type: 'crash';
      readonly forMs: number;
      readonly inWrite: boolean;
      readonly tearNewest: boolean;
    }
  | { readonly atMs: number; readonly type: 'disk'; readonly fault: DiskFault; readonly forMs: number }
  | { readonly atMs: number; readonly type: 'clock-jump'; readonly jumpMs: number }
  | { readonly atMs: number; readonly type: 'clock-stop'; readonly forMs: number }
  /** The run is paused, and goes on after `forMs` in the same coordinator. */
  | { readonly atMs: number; readonly type: 'pause'; readonly forMs: number };

export interface Schedule {
  readonly seed: number;
  readonly config: BrainConfig;
  /** The step that the run ends with: its last one, or the first whose validation is judged to be enough. */
  readonly lastStep: number;
  /** Checkpoints that are kept. */
  readonly keep: number;
  readonly commitMs: number;
  readonly writeMs: number;
  readonly workers: readonly WorkerPlan[];
  readonly faults: readonly Fault[];
  /** A shard that is never finite. */
  readonly diverging: { readonly step: number; readonly shard: number } | undefined;
  /** A step whose sum is not finite though its nodes are. */
  readonly overflow: number | undefined;
  /** No fault strikes or lasts after. */
  readonly quietMs: number;
}

/** Workers that are there from the start come until then. */
export const soonMs = 50;

/** Of the run's own arithmetic, and of a stranger's. */
const fingerprints = { own: 'cpu/1', other: 'cpu/2' };

export function drawSchedule(seed: number): Schedule {
  const random = new Random(seed, 1);
  const audit = random.pick([0, 0, 0.1, 0.3, 1]);
  // A difference takes two to be seen and a third to be decided.
  const count = random.integer(audit > 0 ? 3 : 1, 8);
  const config = drawConfig(random, seed, audit, count);
  const shardMs = random.between(10, 60);
  const workers = drawWorkers(random, count, config, shardMs);
  const threads = workers.reduce((sum, worker) => sum + worker.threads, 0);
  const spanMs = 300 + (config.steps * config.shards * shardMs * 1.5) / threads;
  const { faults, quietMs } = drawFaults(random, { workers, spanMs, audit });
  const ruined = random.chance(0.06);
  const lastStep = drawLastStep(random, config);
  const step = random.integer(1, lastStep);
  const diverging = ruined && random.chance(0.6) ? { step, shard: random.integer(0, config.shards - 1) } : undefined;
  return {
    seed,
    config,
    lastStep,
    keep: random.integer(1, 3),
    commitMs: random.between(1, 20),
    writeMs: random.between(5, 200),
    workers,
    faults,
    diverging,
    overflow: ruined && diverging === undefined ? step : undefined,
    quietMs,
  };
}

function drawConfig(random: Random, seed: number, audit: number, workers: number): BrainConfig {
  const validated = random.chance(0.4);
  const shards = random.integer(1, 12);
  return {
    shards,
    // The least is enough for every node once; to compare answers takes more.
    slots: audit === 0 && random.chance(0.3) ? shards + 1 : 2 * shards + 2,
    steps: random.integer(3, 12),
    validateEvery: random.integer(1, 5),
    validationBatches: validated ? random.integer(1, 2) : 0,
    validationShards: random.integer(1, 3),
    stopsEarly: validated && random.chance(0.4),
    checkpointEvery: random.integer(1, 5),
    // One may be put aside, and a run that starts again waits for so many.
    minWorkers: random.integer(1, Math.min(3, audit > 0 ? workers - 1 : workers)),
    engine: 'cpu',
    mixed: random.chance(0.2),
    audit,
    seed,
  };
}

function drawLastStep(random: Random, { stopsEarly, steps, validateEvery }: BrainConfig): number {
  if (!stopsEarly) return steps;
  return Math.min(steps, validateEvery * random.integer(1, Math.ceil(steps / validateEvery)));
}

function drawWorkers(random: Random, count: number, config: BrainConfig, shardMs: number): WorkerPlan[] {
  const stranger = count >= 5 && config.minWorkers > 1 && random.chance(0.3) ? count - 1 : -1;
  const spared = random.chance(0.5) ? Math.min(count, config.audit > 0 ? 3 : config.minWorkers) : 0;
  return Array.from({ length: count }, (_, i) => ({
    name: `w${i}`,
    joinAtMs: i < spared || random.chance(0.7) ? random.between(0, soonMs) : random.between(soonMs, 1500),
    threads: random.pick([1, 1, 1, 2, 4]),
    shardMs: shardMs * random.pick([1, 1, 1, 1.3, 0.7, 4]),
    latencyMs: random.between(0.2, 5),
    fingerprint: i === stranger ? fingerprints.other : fingerprints.own,
    spared: i < spared,
  }));
}
