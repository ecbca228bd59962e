// The signals that ask this process to stop.

import { constants } from 'node:os';

const caught = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type StopSignal = (typeof caught)[number];

export interface CaughtSignals {
  /** Settles at the first one. */
  readonly first: Promise<StopSignal>;
  /** Back to the system's own handling. */
  release(): void;
}

/** @param again is called at every one after the first. */
export function catchSignals(again: () => void): CaughtSignals {
  let seen = false;
  let tell: (signal: StopSignal) => void = () => {};
  const first = new Promise<StopSignal>((resolve) => {
    tell = resolve;
  });
  const onSignal = (signal: StopSignal) => {
    if (seen) again();
    seen = true;
    tell(signal);
  };
  for (const signal of caught) process.on(signal, onSignal);
  return {
    first,
    release() {
      for (const signal of caught) process.off(signal, onSignal);
    },
  };
}

/** By a shell's convention. */
export function signalStatus(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}
