// The status of a TrainingJob: made of what the coordinator thinks of the spec and of how the run is doing.

import { isOver, type RunPhase } from '@rondo/storage';

/** A run's own phases, and two of a resource without a run. */
const phases = {
  queued: 'Queued',
  waiting: 'Waiting',
  training: 'Training',
  paused: 'Paused',
  finished: 'Finished',
  cancelled: 'Cancelled',
  failed: 'Failed',
} as const satisfies Record<RunPhase, string>;
type Phase = (typeof phases)[RunPhase] | 'Pending' | 'Refused';

interface Condition {
  readonly type: 'Accepted' | 'Training' | 'Complete' | 'Failed';
  readonly status: 'True' | 'False';
  readonly observedGeneration: number;
  /** ISO 8601: when `status` became what it is. */
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

export interface JobStatus {
  readonly observedGeneration: number;
  readonly phase: Phase;
  readonly run?: string;
  readonly step?: number;
  readonly steps?: number;
  /** Nats a target, to six digits. */
  readonly loss?: number;
  readonly validationLoss?: number;
  readonly workers?: number;
  readonly secondsLeft?: number;
  readonly timeLeft?: string;
  readonly conditions: readonly Condition[];
}

/** What the coordinator thinks of a generation of the spec. */
export interface Verdict {
  readonly reason: 'Accepted' | 'BadSpec' | 'SpecChanged' | 'TryingAgain';
  readonly message: string;
}

/** How a run is doing. */
export interface RunState {
  readonly name: string;
  readonly phase: RunPhase;
  /** Why it is in this phase, or what holds it up. */
  readonly reason: string;
  readonly step: number;
  /** 0: not known before the text was read. */
  readonly steps: number;
  readonly loss?: number | undefined;
  readonly validationLoss?: number | undefined;
  readonly workers: number;
  readonly secondsLeft?: number | undefined;
}

export interface StatusInput {
  readonly generation: number;
  readonly verdict: Verdict;
  /** Absent: none was made. */
  readonly run?: RunState | undefined;
  /** The status before, whose times of transition go on. */
  readonly before?: JobStatus | undefined;
  /** ISO 8601. */
  readonly now: string;
}

export function jobStatus({ generation, verdict, run, before, now }: StatusInput): JobStatus {
  const condition = (type: Condition['type'], holds: boolean, reason: string, message: string): Condition => {
    const status = holds ? 'True' : 'False';
    const same = before?.conditions?.find((one) => one.type === type && one.status === status);
    const lastTransitionTime = same?.lastTransitionTime ?? now;
    return { type, status, observedGeneration: generation, lastTransitionTime, reason, message };
  };
  const accepted = condition('Accepted', verdict.reason === 'Accepted', verdict.reason, verdict.message);
  if (run === undefined) {
    const phase = verdict.reason === 'BadSpec' ? 'Refused' : 'Pending';
    return { observedGeneration: generation, phase, conditions: [accepted] };
  }
  const phase = phases[run.phase];
  const left = run.secondsLeft === undefined ? undefined : Math.round(run.secondsLeft);
  return {
    observedGeneration: generation,
    phase,
    run: run.name,
    step: run.step,
    ...(run.steps > 0 && { steps: run.steps }),
    ...numberField('loss', run.loss),
    ...numberField('validationLoss', run.validationLoss),
    workers: run.workers,
    ...(left !== undefined && { secondsLeft: left, timeLeft: formatTimeLeft(left) }),
    conditions: [
      accepted,
      condition('Training', run.phase === 'training', phase, run.reason),
      condition('Complete', run.phase === 'finished', phase, run.reason),
      condition('Failed', run.phase === 'failed', phase, run.reason),
    ],
  };
}

/** A loss that is no number any more has no place in JSON. */
function numberField(name: 'loss' | 'validationLoss', value: number | undefined): Partial<JobStatus> {
  return value !== undefined && Number.isFinite(value) ? { [name]: Number(value.toPrecision(6)) } : {};
}

/** As kubectl writes ages: `45s`, `12m30s`, `3h20m`, `2d5h`. */
export function formatTimeLeft(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const;
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return '0s';
  const [unit, size] = units[first];
  const [nextUnit, nextSize] = units[first + 1] ?? ['', Number.POSITIVE_INFINITY];
  const next = Math.floor((seconds % size) / nextSize);
  return `${Math.floor(seconds / size)}${unit}${next > 0 ? `${next}${nextUnit}` : ''}`;
}

/** Whether a status says that the job will not go on. */
export function isOverPhase(phase: Phase | undefined): boolean {
  return Object.entries(phases).some(([own, shown]) => shown === phase && isOver(own as RunPhase));
}

/** The merge patch that makes the one status of the other: what is no longer there is null. */
export function statusPatch(before: JobStatus | undefined, after: JobStatus): object {
  const gone = Object.keys(before ?? {}).filter((key) => !Object.hasOwn(after, key));
  return { status: { ...Object.fromEntries(gone.map((key) => [key, null])), ...after } };
}
