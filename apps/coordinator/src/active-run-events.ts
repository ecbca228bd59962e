// What the place where a run trains hears of it.

import type { Arithmetic, Effect, Event, Outcome } from '@rondo/training';

export interface ActiveRunEvents {
  /** The run's phase or its reason changed. */
  phase(phase: 'waiting' | 'training', reason: string): void;
  pinned(arithmetic: Arithmetic): void;
  /** Something has begun or ceased to hold the run up. */
  hindered(): void;
  /** A line was added to metrics.jsonl. */
  metrics(line: string): void;
  ended(outcome: Outcome, reason: string): void;
  /** Another process has the run's folder now. */
  lost(reason: string): void;
  /** This step is the run's last one: it has got no better for long enough. */
  endsEarly(step: number): void;
  /** The steps after this one are taken again. */
  rolledBack(step: number): void;
  /** The disk begins to refuse something, or does not any more. */
  disk(what: string, fault: string | undefined): void;
  /** What it refuses now. */
  diskFaults(): readonly string[];
  /** A worker gets no more work of this run. */
  putAside(worker: string, reason: string): void;
  /** The brain has answered an event. */
  decided(event: Event, effects: readonly Effect[]): void;
}
