// Original file: ../../proto/rondo/v1/jobs.proto

import type { RunStatus as _rondo_v1_RunStatus, RunStatus__Output as _rondo_v1_RunStatus__Output } from '../../rondo/v1/RunStatus.ts';
import type { WorkerStatus as _rondo_v1_WorkerStatus, WorkerStatus__Output as _rondo_v1_WorkerStatus__Output } from '../../rondo/v1/WorkerStatus.ts';

export interface StatusResponse {
  'run'?: (_rondo_v1_RunStatus | null);
  'workers'?: (_rondo_v1_WorkerStatus)[];
}

export interface StatusResponse__Output {
  'run': (_rondo_v1_RunStatus__Output | null);
  'workers': (_rondo_v1_WorkerStatus__Output)[];
}
