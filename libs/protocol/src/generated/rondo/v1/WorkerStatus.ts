// Original file: ../../proto/rondo/v1/jobs.proto

import type { Long } from '@grpc/proto-loader';

export interface WorkerStatus {
  'name'?: (string);
  /**
   * "working", "idle: <why>", "leaving".
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
}

export interface WorkerStatus__Output {
  'name': (string);
  /**
   * "working", "idle: <why>", "leaving".
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
}
