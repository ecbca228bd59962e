// Which faults strike in a schedule, and when.

import type { Random } from './random.ts';
import type { Fault, WorkerFault, WorkerPlan } from './schedule.ts';

interface Stage {
  readonly workers: readonly WorkerPlan[];
  /** About as long as the run takes. */
  readonly spanMs: number;
  readonly audit: number;
}

/** Things of which a worker does few at most: one that did more would rightly be put out of the run. */
const excusable: ReadonlySet<WorkerFault['type']> = new Set(['fail', 'not-finite', 'duplicate', 'stale']);
const failuresOfOne = 2;

/** Faults in the order of their times, and when the last of them is over. */
export function drawFaults(random: Random, stage: Stage): { faults: Fault[]; quietMs: number } {
  const { workers, spanMs, audit } = stage;
  const victims = workers.filter(({ spared }) => !spared);
  const failures = new Map<string, number>();
  const faults: Fault[] = [];
  for (let left = random.integer(0, 9); left > 0; left--) {
    const atMs = random.between(0, spanMs);
    if (victims.length === 0 || random.chance(0.3)) {
      faults.push({ atMs, ...drawCentralFault(random, spanMs) });
      continue;
    }
    const { name: worker } = random.pick(victims);
    const fault = drawWorkerFault(random, spanMs);
    if (excusable.has(fault.type)) {
      // Two nodes that are not finite might be the same one, and the run would rightly be over.
      if (fault.type === 'not-finite' && faults.some((one) => 'worker' in one && one.fault.type === 'not-finite'))
        continue;
      const before = failures.get(worker) ?? 0;
      if (before >= failuresOfOne || (fault.type === 'fail' && fault.final && workers.length < 5)) continue;
      failures.set(worker, before + 1);
    }
    faults.push({ atMs, worker, fault });
  }
  if (audit > 0 && victims.length > 0 && random.chance(0.5)) {
    // From the start or later, a little or always; one worker, so that two honest ones agree on what is right.
    const atMs = random.chance(0.5) ? 0 : random.between(0, spanMs);
    const { name: worker } = random.pick(victims);
    faults.push({ atMs, worker, fault: { type: 'corrupt', share: random.pick([0.2, 1, 1]) } });
  }
  faults.sort((a, b) => a.atMs - b.atMs);
  return { faults, quietMs: Math.max(spanMs, ...faults.map(endOf)) };
}

function drawWorkerFault(random: Random, spanMs: number): WorkerFault {
  const forMs = random.between(20, Math.max(400, spanMs / 2));
  const soonMs = () => random.between(1, 50);
  switch (random.integer(0, 11)) {
    case 0:
    case 1:
      return { type: 'kill', forMs };
    case 2:
      return { type: 'stall', forMs: forMs * random.pick([1, 5]) };
    case 3:
      return { type: 'slow', forMs, factor: random.pick([2, 4, 20]) };
    case 4:
      return { type: 'leave', forMs };
    case 5:
    case 6: {
      const coordinatorMs = random.chance(0.3) ? forMs : soonMs();
      const leftoverMs = random.chance(0.5) ? random.between(0, 1000) : undefined;
      return { type: 'cut', coordinatorMs, workerMs: soonMs(), leftoverMs };
    }
    case 7:
      return { type: 'partition', forMs };
    case 8:
      return { type: 'slow-link', forMs, latencyMs: random.between(20, 300) };
    case 9:
      return random.chance(0.5) ? { type: 'not-finite' } : { type: 'fail', final: random.chance(0.2) };
    case 10:
      return { type: 'duplicate' };
    default:
      return { type: 'stale' };
  }
}

type CentralFault = Exclude<Fault, { readonly worker: string }>;
type WithoutTime<T> = T extends unknown ? Omit<T, 'atMs'> : never;

function drawCentralFault(random: Random, spanMs: number): WithoutTime<CentralFault> {
  const forMs = random.between(50, 1000);
  switch (random.integer(0, 7)) {
    case 0:
    case 1:
      return { type: 'crash', forMs, inWrite: false, tearNewest: random.chance(0.15) };
    case 2:
      return { type: 'crash', forMs, inWrite: true, tearNewest: random.chance(0.15) };
    case 3:
    case 4:
      return {
        type: 'disk',
        fault: random.pick(['failing', 'full', 'read-only', 'slow'] as const),
        forMs: random.between(100, spanMs),
      };
    case 5:
      return { type: 'clock-jump', jumpMs: random.pick([500, 10_000, 3_600_000]) };
    case 6:
      return { type: 'clock-stop', forMs };
    default:
      return { type: 'pause', forMs };
  }
}

function endOf(entry: Fault): number {
  const { forMs = 0 } = 'worker' in entry ? (entry.fault as { forMs?: number }) : (entry as { forMs?: number });
  return entry.atMs + forMs + 1000;
}
