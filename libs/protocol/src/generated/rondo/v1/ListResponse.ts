// Original file: ../../proto/rondo/v1/jobs.proto

import type { RunStatus as _rondo_v1_RunStatus, RunStatus__Output as _rondo_v1_RunStatus__Output } from '../../rondo/v1/RunStatus.ts';
import type { WorkerStatus as _rondo_v1_WorkerStatus, WorkerStatus__Output as _rondo_v1_WorkerStatus__Output } from '../../rondo/v1/WorkerStatus.ts';

export interface ListResponse {
  'runs'?: (_rondo_v1_RunStatus)[];
  'workers'?: (_rondo_v1_WorkerStatus)[];
}

export interface ListResponse__Output {
  'runs': (_rondo_v1_RunStatus__Output)[];
  'workers': (_rondo_v1_WorkerStatus__Output)[];
}
