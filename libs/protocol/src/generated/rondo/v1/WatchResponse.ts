// Original file: ../../proto/rondo/v1/jobs.proto

import type { RunStatus as _rondo_v1_RunStatus, RunStatus__Output as _rondo_v1_RunStatus__Output } from '../../rondo/v1/RunStatus.ts';

export interface WatchResponse {
  'status'?: (_rondo_v1_RunStatus | null);
  /**
   * A line of metrics.jsonl.
   */
  'metrics'?: (string);
  'event'?: "status"|"metrics";
}

export interface WatchResponse__Output {
  'status'?: (_rondo_v1_RunStatus__Output | null);
  /**
   * A line of metrics.jsonl.
   */
  'metrics'?: (string);
  'event'?: "status"|"metrics";
}
