// One schedule from its start to its end: the brain between simulated workers, network, disk and clock.

import type { Brain } from './brain.ts';
import { Clock } from './clock.ts';
import { SimulatedCoordinator } from './coordinator.ts';
import { Disk } from './disk.ts';
import { History } from './history.ts';
import { Liveness } from './liveness.ts';
import type { Ends } from './network.ts';
import { Random } from './random.ts';
import { drawSchedule, type Fault, type Schedule, soonMs } from './schedule.ts';
import { Timeline } from './timeline.ts';
import { Transcript, Violation } from './transcript.ts';
import { SimulatedWorker, type WorkerWorld } from './worker.ts';

/** Simulated time in which a run has to end once nothing befalls it any more: the longest retry of the disk, and all steps. */
const settleMs = 180_000;

/** Far more than any run needs. */
const mostActions = 50_000;

export interface Report {
  readonly seed: number;
  /** Of everything that happened. */
  readonly hash: number;
  /** What went wrong. */
  readonly failure: string | undefined;
  readonly simulatedMs: number;
  /** Faults that struck, effects that were carried out and outcomes, by name. */
  readonly counts: ReadonlyMap<string, number>;
  /** With `trace`. */
  readonly lines: readonly string[];
  /** The longest round, as a multiple of what is allowed. */
  readonly longestRound: number;
}

/** Runs the schedule of a seed. @param trace keep the transcript. */
export function simulate(brain: Brain, seed: number, trace = false): Report {
  const timeline = new Timeline();
  const transcript = new Transcript(() => timeline.nowMs, trace);
  const schedule = drawSchedule(seed);
  const clock = new Clock(timeline);
  const liveness = new Liveness(schedule, clock);
  let failure: string | undefined;
  try {
    const coordinator = setUp(brain, schedule, timeline, transcript, clock, liveness);
    for (let actions = 0; coordinator.end === undefined; actions++) {
      if (actions > mostActions) throw new Violation('the run goes round in circles');
      if (!timeline.step()) throw new Violation('nothing happens any more');
      if (timeline.nowMs > schedule.quietMs + settleMs) throw new Violation('the run does not end');
    }
    transcript.say('run', `${coordinator.end.outcome}: ${coordinator.end.reason}`);
    transcript.count(`outcome: ${coordinator.end.outcome}`);
    expectOutcome(schedule, coordinator.end, transcript);
  } catch (error) {
    failure = error instanceof Violation ? error.message : ((error as Error).stack ?? String(error));
    transcript.say('VIOLATION', failure);
  }
  const { hash, counts, lines } = transcript;
  return { seed, hash, failure, simulatedMs: timeline.nowMs, counts, lines, longestRound: liveness.longest };
}

function setUp(
  brain: Brain,
  schedule: Schedule,
  timeline: Timeline,
  transcript: Transcript,
  clock: Clock,
  liveness: Liveness,
): SimulatedCoordinator {
  const { seed, keep, writeMs, diverging } = schedule;
  const disk = new Disk(timeline, transcript, { writeMs, keep });
  const workers = new Map<string, SimulatedWorker>();
  const workerNamed = (name: string) => workers.get(name.replace(/-\d+$/, '')) as SimulatedWorker;
  const history = new History(schedule, transcript, (name) => workerNamed(name).corrupt);
  const world = { brain, timeline, disk, history, liveness, clockMs: () => clock.nowMs };
  const coordinator = new SimulatedCoordinator(world, (name) => {
    const { fingerprint, threads } = workerNamed(name).plan;
    return [{ engine: 'cpu', device: 'cpu', fingerprint, threads }];
  });
  const ends: Ends = {
    toWorker: (stream, message) => workerNamed(stream.worker).receive(stream, message),
    toCoordinator: (stream, message) => coordinator.receive(stream, message),
    lostByWorker: (stream) => workerNamed(stream.worker).lost(stream),
    lostByCoordinator: (stream) => coordinator.lost(stream),
  };
  const workerWorld: WorkerWorld = {
    timeline,
    transcript,
    connect: (worker) => coordinator.connect(worker, ends),
    diverges: ({ phase, batch }, shard) =>
      phase === 'gradients' && diverging?.step === batch && diverging.shard === shard,
  };
  for (const [i, plan] of schedule.workers.entries()) {
    const worker = new SimulatedWorker(plan, workerWorld, new Random(seed, 2, i));
    workers.set(plan.name, worker);
    timeline.at(plan.joinAtMs, () => {
      if (plan.joinAtMs > soonMs) transcript.struck('worker joins late', plan.name, 'comes later than others');
      worker.start();
    });
  }
  timeline.at(0, () => coordinator.start());
  const central = { coordinator, disk, clock, liveness, timeline, transcript };
  for (const fault of schedule.faults) {
    timeline.at(fault.atMs, () => {
      if ('worker' in fault) workerNamed(fault.worker).strike(fault.fault);
      else strike(fault, central, schedule.quietMs);
    });
  }
  return coordinator;
}

interface Central {
  readonly coordinator: SimulatedCoordinator;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly liveness: Liveness;
  readonly timeline: Timeline;
  readonly transcript: Transcript;
}

function strike(
  fault: Exclude<Fault, { readonly worker: string }>,
  { coordinator, disk, clock, liveness, timeline, transcript }: Central,
  quietMs: number,
): void {
  switch (fault.type) {
    case 'crash':
      if (!fault.inWrite) coordinator.crash(fault.forMs, fault.tearNewest);
      else {
        disk.onWrite = (writeMs) => {
          disk.onWrite = undefined;
          if (timeline.nowMs + writeMs + fault.forMs > quietMs) return;
          timeline.after(writeMs / 2, () => coordinator.crash(fault.forMs, fault.tearNewest));
        };
      }
      break;
    case 'disk':
      transcript.say('disk', `is ${fault.fault} from now on`);
      disk.fault = fault.fault;
      timeline.after(fault.forMs, () => {
        transcript.say('disk', 'is well again');
        disk.fault = undefined;
      });
      break;
    case 'clock-jump':
      transcript.struck('clock jumps', 'clock', `jumps ${fault.jumpMs} ms ahead`);
      liveness.disturbed();
      clock.jump(fault.jumpMs);
      break;
    case 'clock-stop':
      transcript.struck('clock stands still', 'clock', 'stands still');
      liveness.disturbed();
      clock.stop();
      timeline.after(fault.forMs, () => clock.goOn());
      break;
    case 'pause':
      coordinator.pause(fault.forMs);
      break;
  }
}

/** A run finishes, unless its own arithmetic ruins it, or too few workers are left to compute it or to tell who is wrong. */
function expectOutcome(
  { diverging, overflow, config }: Schedule,
  { outcome, reason }: NonNullable<SimulatedCoordinator['end']>,
  { counts }: Transcript,
): void {
  const ruined = diverging?.step ?? overflow;
  const undecided =
    config.audit > 0 && counts.has('fault: wrong bit') && reason.includes('computed different gradients');
  // Nobody else was there just then.
  const unable = counts.has('fault: task impossible') && reason.includes('no worker can compute it');
  if (outcome === 'failed' && (undecided || unable)) return;
  if (ruined === undefined) {
    if (outcome !== 'finished') throw new Violation(`the run ends as ${outcome}: ${reason}`);
    return;
  }
  const named = reason.startsWith(`step ${ruined}:`) && reason.includes('diverged');
  // Another shard that was spoilt once may be taken for it, for two workers found a node with both not finite.
  const blamed =
    diverging === undefined || counts.has('fault: not finite once') || reason.includes(`shard ${diverging.shard} `);
  if (outcome !== 'failed' || !named || !blamed) {
    throw new Violation(`step ${ruined} is not finite, and the run ends as ${outcome}: ${reason}`);
  }
}
