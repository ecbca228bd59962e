// The strikers by kind of fault.

import type { FaultKind } from '../schedule.ts';
import { shiftCoordinatorClock, shiftWorkerClock } from './clocks.ts';
import { killCoordinator, killInCheckpoint } from './coordinator.ts';
import { fillDisk } from './disk.ts';
import { cutLink, partition, slowLink } from './links.ts';
import type { Striker } from './strike.ts';
import { killWorker, slowWorker, stopWorker } from './workers.ts';

export const strikers: Readonly<Record<FaultKind, Striker>> = {
  'worker-kill': killWorker,
  'worker-stop': stopWorker,
  'worker-clock': shiftWorkerClock,
  'slow-worker': slowWorker,
  partition,
  'slow-link': slowLink,
  'link-cut': cutLink,
  'coordinator-kill': killCoordinator,
  'coordinator-kill-in-checkpoint': killInCheckpoint,
  'coordinator-clock': shiftCoordinatorClock,
  'full-disk': fillDisk,
};
