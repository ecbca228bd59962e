// Original file: ../../proto/rondo/v1/jobs.proto

import type { Long } from '@grpc/proto-loader';

export interface WorkerStatus {
  'name'?: (string);
  /**
   * "computing", "ready", "late", "silent", "leaving", "idle", "aside" (put aside), or "gone": its connection has ended.
   */
  'state'?: (string);
  'engines'?: (string)[];
  'device'?: (string);
  'fingerprint'?: (string);
  'nodes'?: (number | string | Long);
  /**
   * Of a small model's gradients on one thread, measured as the worker started.
   */
  'tokensPerSecond'?: (number | string);
  /**
   * Seconds since its last message.
   */
  'lastSeenSeconds'?: (number | string);
  /**
   * Compute threads.
   */
  'threads'?: (number);
  /**
   * What it computes, or why it is in this state.
   */
  'reason'?: (string);
  /**
   * Of the run's steps, beside the median worker; absent until it has shown it.
   */
  'speed'?: (number | string);
  /**
   * Tasks that it failed or answered wrongly.
   */
  'failures'?: (number);
  '_speed'?: "speed";
}

export interface WorkerStatus__Output {
  'name': (string);
  /**
   * "computing", "ready", "late", "silent", "leaving", "idle", "aside" (put aside), or "gone": its connection has ended.
   */
  'state': (string);
  'engines': (string)[];
  'device': (string);
  'fingerprint': (string);
  'nodes': (number);
  /**
   * Of a small model's gradients on one thread, measured as the worker started.
   */
  'tokensPerSecond': (number);
  /**
   * Seconds since its last message.
   */
  'lastSeenSeconds': (number);
  /**
   * Compute threads.
   */
  'threads': (number);
  /**
   * What it computes, or why it is in this state.
   */
  'reason': (string);
  /**
   * Of the run's steps, beside the median worker; absent until it has shown it.
   */
  'speed'?: (number);
  /**
   * Tasks that it failed or answered wrongly.
   */
  'failures': (number);
  '_speed'?: "speed";
}
