// Original file: ../../proto/rondo/v1/jobs.proto

import type { RunStatus as _rondo_v1_RunStatus, RunStatus__Output as _rondo_v1_RunStatus__Output } from '../../rondo/v1/RunStatus.ts';

export interface ControlResponse {
  'run'?: (_rondo_v1_RunStatus | null);
}

export interface ControlResponse__Output {
  'run': (_rondo_v1_RunStatus__Output | null);
}
